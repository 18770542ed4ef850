"""The one version of the hub: all services are released together."""

from importlib.metadata import version

VERSION = version("bmadflow-common")
