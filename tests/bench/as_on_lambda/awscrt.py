"""Not there: Lambda's boto3 comes without it."""

raise ImportError("as on Lambda")
