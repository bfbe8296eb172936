"""Optimizers and learning rates -> optimizers.safetensors, schedules.json. Run: python3 make_training.py

optimizers.safetensors: CASE.start, CASE.gradient.N, CASE.after.N (parameters after step N, from 1) and
clip.gradient.{a,b}, clip.norm, clip.clipped.{a,b}; the metadata holds each case's settings.
"""
import math

import torch

from golden_file import D, F, Numbers, write, write_json

tensors, settings = {}, {"about": "made by make_training.py"}
for name, make, what in (
        ("adam", torch.optim.Adam, dict(lr=1e-3, betas=(0.9, 0.98), eps=1e-9)),
        ("adamw", torch.optim.AdamW, dict(lr=1e-2, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.1))):
    numbers = Numbers(name)
    parameter = numbers.normal(F, D, scale=0.05).requires_grad_()  # small, so that float32 can show the moves
    tensors[f"{name}.start"] = parameter.detach().clone()
    optimizer = make([parameter], **what)
    for step in (1, 2, 3):
        parameter.grad = numbers.normal(F, D, scale=10.0 ** -step)  # the scale falls, so bias correction shows
        tensors[f"{name}.gradient.{step}"] = parameter.grad.clone()
        optimizer.step()
        tensors[f"{name}.after.{step}"] = parameter.detach().clone()
    settings[name] = dict(learning_rate=what["lr"], beta1=0.9, beta2=0.98, epsilon=1e-9, weight_decay=what.get("weight_decay", 0.0))

numbers = Numbers("clip")
clipped = {k: torch.zeros(s, dtype=torch.float64, requires_grad=True) for k, s in dict(a=(F, D), b=(D,)).items()}
for k, v in clipped.items():
    v.grad = numbers.normal(*v.shape)
    tensors[f"clip.gradient.{k}"] = v.grad.clone()
tensors["clip.norm"] = torch.sqrt(sum((v.grad ** 2).sum() for v in clipped.values()))
torch.nn.utils.clip_grad_norm_(clipped.values(), 1.5)
for k, v in clipped.items():
    tensors[f"clip.clipped.{k}"] = v.grad
settings["clip"] = dict(maximum_norm=1.5)
write("optimizers", tensors, settings)

# Learning rates. n is the number of the step, from 1; W the warm-up steps, N all steps, lr the peak.
WIDTH, FACTOR, LR, FLOOR, W, N = 512, 1.0, 5e-4, 1e-5, 8, 40
STEPS = [1, 2, 4, 7, 8, 9, 12, 16, 24, 32, 39, 40, 41, 60]


def cosine(n):
    if n <= W:
        return LR * n / W
    return FLOOR + (LR - FLOOR) * (1 + math.cos(math.pi * min(1.0, (n - W) / (N - W)))) / 2


schedules = {
    "noam": ("factor * width^-0.5 * min(n^-0.5, n * warmup^-1.5)  (Attention Is All You Need, eq. 3)",
             dict(width=WIDTH, factor=FACTOR, warmup=W),
             lambda n: FACTOR * WIDTH ** -0.5 * min(n ** -0.5, n * W ** -1.5)),
    "inverse_sqrt": ("lr * min(n / warmup, sqrt(warmup / n))", dict(lr=LR, warmup=W), lambda n: LR * min(n / W, math.sqrt(W / n))),
    "cosine": ("n <= warmup: lr * n / warmup; after: minimum + (lr - minimum) * (1 + cos(pi * min(1, (n - warmup) / (steps - warmup)))) / 2",
               dict(lr=LR, minimum=FLOOR, warmup=W, steps=N), cosine),
    "constant": ("lr * min(1, n / warmup)", dict(lr=LR, warmup=W), lambda n: LR * min(1, n / W)),
}
write_json("schedules", {"about": "made by make_training.py; n counts steps from 1", "steps": STEPS, **{
    name: dict(formula=formula, settings=what, values=[f(n) for n in STEPS]) for name, (formula, what, f) in schedules.items()}})
