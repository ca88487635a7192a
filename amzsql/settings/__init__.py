"""The settings of a connection: every property as one declared record, and the readers of string, URL and file.

Public: `read`, `read_given`, `read_group`, `Given`, `Group`, `Settings`, `Named`, `Vault`, `PROPERTIES`,
`Property`, `Secret`, `SimulatorOptions`, `parse_url`, `url_properties`, `parse_string`, `format_string`.
Must not know the network nor what a setting is used for.
"""

from .folder import Named
from .properties import BY_KEY, PROPERTIES, Property, key
from .reader import Given, Group, Settings, convert, read, read_given, read_group
from .text import format_string, lookup, parse_string, parse_url, quote, url_properties
from .values import MARKETPLACE_ZONE, Secret, SimulatorOptions
from .vault import Vault

__all__ = [
    "BY_KEY",
    "MARKETPLACE_ZONE",
    "PROPERTIES",
    "Given",
    "Group",
    "Named",
    "Property",
    "Secret",
    "Settings",
    "SimulatorOptions",
    "Vault",
    "convert",
    "format_string",
    "key",
    "lookup",
    "parse_string",
    "parse_url",
    "quote",
    "read",
    "read_given",
    "read_group",
    "url_properties",
]
