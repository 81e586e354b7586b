"""Bring every order paid at Zonos Checkout into DynamoDB, once, and say whether it may be shipped."""
