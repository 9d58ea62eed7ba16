"""The generated deliveries that the tests look at, each made once."""

import pytest

from generator.reading import CLEAN, DIRTY, SERIAL
from goldreel.generator import GeneratedDelivery, generate


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> GeneratedDelivery:
    return generate(tmp_path_factory.mktemp("clean"), CLEAN)


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> GeneratedDelivery:
    return generate(tmp_path_factory.mktemp("dirty"), DIRTY)


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> GeneratedDelivery:
    return generate(tmp_path_factory.mktemp("serial"), SERIAL)
