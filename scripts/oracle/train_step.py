"""Five whole training steps in PyTorch, written to fixtures/golden/train_step.safetensors.

Run from the project root: python3 scripts/oracle/train_step.py
Needs torch 2.13 and safetensors. A tiny residual network with a classifier of five ages learns one batch: images of 0 to 255
normalised as torchvision does, weighted cross-entropy, the gradient clipped at norm 1.5, AdamW that decays weights only, a new
rate in every step. It runs in float64; the file holds the state before (`before.*`) and after (`after.*`) in float32, the losses
and the gradient norms of the steps.
"""

import torch
import torch.nn.functional as F
from resnet import Net, randomise
from safetensors.torch import save_file
from torch import nn

FIRST, CLASSES, BATCH, IMAGE, CLIP = 20, 5, 6, 32, 1.5
RATES = [0.002, 0.01, 0.02, 0.01, 0.005]


def named(net):
    head = {"fc.weight": "head.age.fc.weight", "fc.bias": "head.age.fc.bias"}
    state = {k: v for k, v in net.state_dict().items() if not k.endswith("tracked")}
    return {head.get(name, name): value.detach().clone() for name, value in state.items()}


def main():
    generator = torch.manual_seed(3)
    net = Net("basic", "small").double()
    net.fc = nn.Linear(8, CLASSES).double()
    randomise(net, generator)
    net.fc.weight.data = (0.5 * torch.randn(CLASSES, 8, generator=generator)).double()
    before = named(net)
    image = torch.randint(0, 256, (BATCH, 3, IMAGE, IMAGE), generator=generator).double()
    age = FIRST + torch.randint(0, CLASSES, (BATCH,), generator=generator)
    weight = torch.tensor([1.0, 0.5, 2.0, 1.0, 0.0, 1.5]).double()
    mean = torch.tensor([0.485, 0.456, 0.406]).double()[:, None, None]
    std = torch.tensor([0.229, 0.224, 0.225]).double()[:, None, None]
    groups = [
        {"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in net.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups)
    losses, norms = [], []
    for rate in RATES:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        logits = net.fc(net((image / 255 - mean) / std))
        terms = F.cross_entropy(logits, age - FIRST, reduction="none")
        loss = (weight * terms).sum() / weight.sum()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(net.parameters(), CLIP))
        optimizer.step()
        losses.append(loss.detach())
    tensors = {f"before.{k}": v for k, v in before.items()} | {f"after.{k}": v for k, v in named(net).items()}
    tensors |= {"image": image, "age": age, "weight": weight, "rates": torch.tensor(RATES)}
    tensors |= {"losses": torch.stack(losses), "norms": torch.stack(norms)}
    about = {"provenance": f"python3 scripts/oracle/train_step.py, torch {torch.__version__}"}
    save_file({k: v.float().contiguous() for k, v in tensors.items()}, "fixtures/golden/train_step.safetensors", about)
    print("losses", [round(x.item(), 4) for x in losses], "norms", [round(x.item(), 3) for x in norms])


if __name__ == "__main__":
    main()
