"""Ten steps of PyTorch's optimizers and the rates of its schedulers, written to fixtures/golden/optim.json.

Run from the project root: python3 scripts/oracle/optim.py
Needs torch 2.13. Everything is float64; gradients are given, so that only the update rules are compared.
"""

import json
import torch

torch.set_default_dtype(torch.float64)
STEPS = 10
RATES = [0.1 / (1 + 0.3 * t) for t in range(STEPS)]

generator = torch.Generator().manual_seed(7)
START = {
    "weight": torch.randn(2, 3, generator=generator),
    "bias": torch.randn(3, generator=generator),
}
GRADIENTS = [
    {name: torch.randn(value.shape, generator=generator) for name, value in START.items()}
    for _ in range(STEPS)
]

OPTIMIZERS = {
    "sgd": (torch.optim.SGD, [
        {"momentum": 0.0},
        {"momentum": 0.9},
        {"momentum": 0.8, "nesterov": True, "weight_decay": 0.05},
        {"momentum": 0.9, "weight_decay": 0.05, "decay": "all"},
    ]),
    "adam": (torch.optim.Adam, [
        {},
        {"betas": [0.8, 0.95], "eps": 1e-4, "weight_decay": 0.05},
        {"weight_decay": 0.05, "decay": "all"},
    ]),
    "adamw": (torch.optim.AdamW, [
        {"weight_decay": 0.05},
        {"betas": [0.8, 0.95], "eps": 1e-4, "weight_decay": 0.3, "decay": "all"},
        {"betas": [0.0, 0.999], "weight_decay": 0.01},
    ]),
}


def run(kind, params, clip=None):
    """The values after each step; `decay` says whether biases decay too."""
    options = dict(params)
    everything = options.pop("decay", "weights") == "all"
    decay = options.pop("weight_decay", 0.0)
    values = {name: value.clone().requires_grad_(True) for name, value in START.items()}
    groups = [
        {"params": [values["weight"]], "weight_decay": decay},
        {"params": [values["bias"]], "weight_decay": decay if everything else 0.0},
    ]
    optimizer = kind(groups, lr=1.0, **options)
    history, norms = [], []
    for rate, gradients in zip(RATES, GRADIENTS):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for name, value in values.items():
            value.grad = gradients[name].clone()
        if clip is not None:
            norms.append(torch.nn.utils.clip_grad_norm_(values.values(), clip).item())
        optimizer.step()
        history.append({name: value.detach().flatten().tolist() for name, value in values.items()})
    return {"values": history, **({"clip": clip, "norms": norms} if clip is not None else {})}


def rates(make, total, lr=0.1):
    """The rate of every step of a scheduler."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = make(optimizer)
    result = []
    for _ in range(total):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return result


def after_warmup(warmup, make):
    """A linear warm-up to the full rate, then another scheduler."""
    from torch.optim.lr_scheduler import LinearLR, SequentialLR

    def combined(optimizer):
        first = LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
        return SequentialLR(optimizer, [first, make(optimizer)], milestones=[warmup])

    return combined


def schedules():
    from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, OneCycleLR, StepLR

    def one_cycle(warmup, start, final):
        return lambda o: OneCycleLR(
            o, max_lr=0.1, total_steps=40, pct_start=warmup, div_factor=1 / start, final_div_factor=start / final
        )

    constant = lambda o: ConstantLR(o, factor=1.0)
    cosine = lambda total, final: lambda o: CosineAnnealingLR(o, T_max=total, eta_min=0.1 * final)
    cases = [
        ("constant", {}, constant),
        ("constant", {"warmup": 0.2}, after_warmup(8, constant)),
        ("step", {"every": 2, "factor": 0.3}, lambda o: StepLR(o, step_size=2 * 5, gamma=0.3)),
        ("cosine", {}, cosine(40, 0)),
        ("cosine", {"warmup": 0.25, "final": 0.1}, after_warmup(10, cosine(30, 0.1))),
        ("one_cycle", {}, one_cycle(0.15, 0.04, 0.000004)),
        ("one_cycle", {"warmup": 0.33, "start": 0.1, "final": 0.001}, one_cycle(0.33, 0.1, 0.001)),
    ]
    return [{"use": use, "params": params, "rates": rates(make, 40)} for use, params, make in cases]


def main():
    optimizers = [
        {"use": use, "params": params, **run(kind, params)}
        for use, (kind, cases) in OPTIMIZERS.items()
        for params in cases
    ]
    optimizers.append({"use": "sgd", "params": {"momentum": 0.9}, **run(torch.optim.SGD, {"momentum": 0.9}, clip=2.0)})
    golden = {
        "provenance": f"python3 scripts/oracle/optim.py, torch {torch.__version__}, float64",
        "rates": RATES,
        "start": {name: {"dims": list(v.shape), "data": v.flatten().tolist()} for name, v in START.items()},
        "gradients": [{name: v.flatten().tolist() for name, v in step.items()} for step in GRADIENTS],
        "optimizers": optimizers,
        "schedules": {"lr": 0.1, "total": 40, "perEpoch": 5, "cases": schedules()},
    }
    with open("fixtures/golden/optim.json", "w") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
