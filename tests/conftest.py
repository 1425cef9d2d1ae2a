"""Fixtures of the Python tests below this folder; their tools are in harness.py."""

import pytest

from harness import Project


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)
