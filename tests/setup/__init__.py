"""`make setup`: the first deployment, asking only what it must."""
