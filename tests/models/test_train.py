"""The command that trains the shipped weights: what it writes, and that no label reaches the training."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from utils import models
from utils.data import load_mnist
from utils.models import train as command
from utils.models import vae_aae
from utils.models.scores import held_out_scores


def briefly(name):
    return replace(models.SETTINGS[name], epochs=2, warmup=1)


def test_shuffled_labels_train_the_same_weights(monkeypatch):
    """What the command trains must not change when every label does."""
    images, labels = load_mnist("train")
    trained = []
    for some in (labels, np.random.default_rng(0).permutation(labels)):
        monkeypatch.setattr(vae_aae, "load_mnist", lambda split, some=some: (images[:300], some[:300]))
        monkeypatch.setattr(vae_aae, "held_out_scores", lambda model: {})
        monkeypatch.setitem(models.SETTINGS, "aae-mixture-2d", briefly("aae-mixture-2d"))
        model, _ = command.train_and_score("aae-mixture-2d", 0)
        trained.append(torch.cat([weights.detach().flatten() for weights in model.parameters()]))
    assert torch.equal(*trained)


def test_the_command_adds_a_seed_and_keeps_the_others(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(models.SETTINGS, "vae-2d", briefly("vae-2d"))
    for seed in ("7", "3"):
        assert command.main(["vae-2d", "--seeds", seed, "--into", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vae-2d.json", "vae-2d.safetensors"]
    record = json.loads((tmp_path / "vae-2d.json").read_text())
    assert list(record["seeds"]) == ["3", "7"]
    monkeypatch.setattr(models.registry, "WEIGHTS", tmp_path)
    assert models.seeds("vae-2d") == (3, 7)
    assert models.available() == ("vae-2d",)
    for seed in (3, 7):
        assert record["seeds"][str(seed)]["command"] == f"python -m utils.models.train vae-2d --seeds {seed}"
        assert models.load_pretrained("vae-2d", seed).seed == seed
    scores = held_out_scores(models.load_pretrained("vae-2d", 7))
    assert scores == pytest.approx(record["seeds"]["7"]["scores"], abs=2e-5)


def test_the_command_explains_an_unknown_name(capsys):
    assert command.main(["vae-3d"]) == 2
    assert "vae-mixture-2d" in capsys.readouterr().err
