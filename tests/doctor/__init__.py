"""`make doctor`: what a Zonos account really answers, asked by the two reading calls alone."""
