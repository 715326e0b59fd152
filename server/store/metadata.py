"""The one collection of declared tables."""

from sqlalchemy import MetaData

METADATA = MetaData()
