"""Gongshu (公数): the whole life of public data on one platform."""

__version__ = "0.1.0"
