"""The small models by family group; see common.py."""
import importlib
import pkgutil


def all_models():
    """MODELS of every file of this folder, by the folder's name that each is written to."""
    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        models = getattr(importlib.import_module(f"{__name__}.{module}"), "MODELS", {})
        twice = found.keys() & models.keys()
        assert not twice, f"{module}.py: {twice} stand in another file too"
        found.update(models)
    return found
