"""Streamlit, with the pages imported and the dictionary read before the first visitor comes."""

import importlib
import pkgutil
import sys

from streamlit.web import cli

from goldreel.dashboard import data, views
from goldreel.dashboard.server import APP

if __name__ == "__main__":
    for page in pkgutil.iter_modules(views.__path__, f"{views.__name__}."):
        importlib.import_module(page.name)
    data.dictionary()
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    cli.main()
