"""The five networks are the paper's: sizes, counts, and TensorFlow's arithmetic where it differs from torch's."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rethinking.models import MODELS, build, parameter_count
from rethinking.models.modules import Concatenate, ConvModule, ResponseNorm, initialize, max_pool_halving

COUNTS = {
    "inception": 1_649_402,
    "inception-no-bn": 1_649_402,
    "alexnet": 1_387_786,
    "mlp-3x512": 1_735_178,
    "mlp-1x512": 1_209_866,
}


def kinds(model: nn.Module, kind: type) -> int:
    return sum(isinstance(module, kind) for module in model.modules())


def test_the_models_are_the_papers():
    assert set(MODELS) == set(COUNTS)


@pytest.mark.parametrize("name", MODELS)
def test_the_parameter_count_is_the_papers(name):
    assert parameter_count(build(name)) == COUNTS[name]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("channels", "classes"), [(3, 10), (1, 4)])
def test_one_score_per_class(name, channels, classes):
    model = build(name, classes, channels=channels).eval()
    scores = model(torch.randn(2, channels, 28, 28))
    assert scores.shape == (2, classes)
    assert scores.dtype == torch.float32
    assert scores.isfinite().all()


@pytest.mark.parametrize("size", [29, 30, 31, 32])
def test_other_sizes_of_images_fit(size):
    for name in ("alexnet", "mlp-1x512"):
        assert build(name, size=size).eval()(torch.randn(1, 3, size, size)).shape == (1, 10)


@pytest.mark.parametrize("name", ["resnet", "", "Inception"])
def test_unknown_models_list_the_known(name):
    with pytest.raises(ValueError) as caught:
        build(name)
    assert all(known in str(caught.value) for known in (repr(name), *MODELS))


def test_no_bn_has_none_and_inception_has():
    assert kinds(build("inception"), nn.BatchNorm2d) == kinds(build("inception"), nn.Conv2d) == 19
    assert kinds(build("inception-no-bn"), nn.BatchNorm2d) == 0
    assert kinds(build("inception-no-bn"), nn.Conv2d) == 19


def test_batch_norm_shifts_and_does_not_scale():
    module = ConvModule(3, 4, 3, batch_norm=True)
    assert sorted(p.shape for p in module.parameters()) == [(4,), (4, 3, 3, 3)]
    convolution, normalize, _ = module
    normalized = normalize(convolution(10 * torch.randn(64, 3, 8, 8) + 5))
    torch.testing.assert_close(normalized.mean(dim=(0, 2, 3)), torch.zeros(4), atol=1e-4, rtol=0)
    torch.testing.assert_close(normalized.std(dim=(0, 2, 3)), torch.ones(4), atol=1e-2, rtol=0)


@pytest.mark.parametrize(("name", "hidden"), [("mlp-3x512", 3), ("mlp-1x512", 1)])
def test_hidden_layers(name, hidden):
    model = build(name)
    assert [layer.out_features for layer in model if isinstance(layer, nn.Linear)] == [512] * hidden + [10]
    assert kinds(model, nn.ReLU) == hidden


def shapes(model: nn.Module, kind: type) -> list[tuple[int, ...]]:
    seen = []
    for module in model.modules():
        if isinstance(module, kind):
            module.register_forward_hook(lambda _m, _i, out: seen.append(tuple(out.shape[1:])))
    model.eval()(torch.zeros(1, 3, 28, 28))
    return seen


@pytest.mark.parametrize("name", ["inception", "inception-no-bn"])
def test_inceptions_sizes(name):
    assert shapes(build(name), Concatenate) == [
        (64, 28, 28),
        (80, 28, 28),
        (160, 14, 14),
        (160, 14, 14),
        (160, 14, 14),
        (160, 14, 14),
        (144, 14, 14),
        (240, 7, 7),
        (336, 7, 7),
        (336, 7, 7),
    ]


def test_alexnets_sizes():
    model = build("alexnet")
    assert shapes(model, nn.MaxPool2d) == [(64, 14, 14), (64, 7, 7)]
    order = [type(layer).__name__ for layer in model][:8]
    assert order == ["Conv2d", "MaxPool2d", "ReLU", "ResponseNorm"] * 2


def test_response_normalization_is_tensorflows():
    """x / (1 + 0.001/9 * the sum of squares over 9 channels) ^ 0.75, fewer at the ends."""
    x = 100 * torch.rand(64, generator=torch.Generator().manual_seed(0))
    by_hand = [x[c] / (1 + 0.001 / 9 * (x[max(c - 4, 0) : c + 5] ** 2).sum()) ** 0.75 for c in range(64)]
    torch.testing.assert_close(ResponseNorm(64)(x.view(1, 64, 1, 1)).flatten(), torch.stack(by_hand))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_response_normalization_is_torchs_in_values_and_gradients(layout):
    theirs = nn.LocalResponseNorm(9, alpha=0.001, beta=0.75, k=1.0)
    images = 10 * torch.randn(3, 64, 7, 7, generator=torch.Generator().manual_seed(0))
    images = images.to(memory_format=layout)
    results = []
    for layer in (ResponseNorm(64), theirs):
        x = images.clone().requires_grad_()
        y = layer(x)
        (y * torch.linspace(-1, 1, y.numel()).view_as(y)).sum().backward()
        results.append((y.detach(), x.grad))
    torch.testing.assert_close(*results)


def test_response_normalization_is_in_float32_whatever_the_products_are():
    x = torch.randn(2, 64, 7, 7, generator=torch.Generator().manual_seed(0)).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(ResponseNorm(64)(x), ResponseNorm(64)(x.float()), atol=1e-6, rtol=0.0)


def test_pooling_is_tensorflows_same():
    """On an even side the windows start at 0, 2, … and the last one hangs over; what is outside never wins."""
    x = torch.arange(16.0).view(1, 1, 4, 4)
    assert max_pool_halving()(x).flatten().tolist() == [10, 11, 14, 15]
    assert max_pool_halving()(-x).flatten().tolist() == [0, -2, -8, -10]


def test_strided_convolution_is_tensorflows_same():
    module = ConvModule(1, 1, 3, stride=2, batch_norm=False)
    convolution = next(part for part in module if isinstance(part, nn.Conv2d))
    nn.init.ones_(convolution.weight)
    nn.init.zeros_(convolution.bias)
    assert module(torch.ones(1, 1, 4, 4)).flatten().tolist() == [9, 6, 6, 4]


@pytest.mark.parametrize("name", MODELS)
def test_initial_weights_come_from_the_generator_alone(name):
    def weights(seed: int) -> torch.Tensor:
        torch.rand(seed + 1)  # the global generator's state must not matter
        model = build(name, generator=torch.Generator().manual_seed(seed))
        return torch.cat([parameter.flatten() for parameter in model.parameters()])

    assert torch.equal(weights(0), weights(0))
    assert not torch.equal(weights(0), weights(1))


@pytest.mark.parametrize("name", MODELS)
def test_initialization_is_glorots_uniform(name):
    for layer in build(name).modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            window = layer.weight[0, 0].numel()
            bound = (6 / (window * sum(layer.weight.shape[:2]))) ** 0.5
            assert 0.9 * bound < layer.weight.abs().max() <= bound
            assert layer.bias is None or not layer.bias.any()


@pytest.mark.parametrize("kernel", [1, 3])
def test_differences_fade_in_fresh_layers(kernel):
    """``prop-differences-fade`` on layers as wide as the one before: the squared difference at least halves."""
    one, other = torch.randn(2, 1, 32, 8, 8, generator=torch.Generator().manual_seed(0))
    ratios = []
    for seed in range(40):
        layer = nn.Conv2d(32, 32, kernel, padding=kernel // 2)
        initialize(layer, torch.Generator().manual_seed(seed))
        with torch.no_grad():
            apart = layer(one).relu() - layer(other).relu()
        ratios.append((apart.square().sum() / (one - other).square().sum()).item())
    mean = sum(ratios) / len(ratios)
    assert 0.25 < mean < 0.5  # a half where no unit is on for one input only
