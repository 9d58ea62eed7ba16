"""`python -m goldreel.orchestration`: make ready what the DAGs are drawn from, before Airflow parses them."""

from __future__ import annotations

import sys

from goldreel.config import load_settings
from goldreel.errors import GoldreelError
from goldreel.orchestration.manifests import GOLD, SILVER, layer_manifest

try:
    for layer in (SILVER, GOLD):
        sys.stdout.write(f"{layer_manifest(layer, load_settings())}\n")
except GoldreelError as error:
    sys.exit(str(error))
