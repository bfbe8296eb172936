"""Golden values and gradients of every op -> ops.safetensors. Run: python3 make_ops.py (PyTorch 1.13, NumPy).

Keys: CASE.input.NAME, CASE.upstream, CASE.output, CASE.grad.NAME; the metadata holds CASE's attributes,
among them "op", the name of the op, which several cases may share.
"""
import math

import torch
import torch.nn.functional as F_

from golden_file import B, D, F, H, K, S, T, V, Numbers, write

tensors, attributes = {}, {}


def case(name, op, inputs, function, fixed=None, upstream=None, **what):
    """Runs function(**inputs, **fixed); inputs get gradients, fixed (integers) do not."""
    fixed = fixed or {}
    leaves = {k: v.clone().requires_grad_() for k, v in inputs.items()}
    output = function(**leaves, **fixed)
    more = {}
    if isinstance(output, tuple):
        output, more = output
    if upstream is None:
        upstream = Numbers(name + ".upstream").normal(*output.shape)
    output.backward(upstream)
    for k, v in {**inputs, **fixed}.items():
        tensors[f"{name}.input.{k}"] = v
    for k, v in leaves.items():
        tensors[f"{name}.grad.{k}"] = v.grad
    for k, v in more.items():
        tensors[f"{name}.{k}"] = v
    tensors[f"{name}.upstream"] = upstream
    tensors[f"{name}.output"] = output
    attributes[name] = {"op": op, **what}


# Matrix products: y = op(a) op(b), where op transposes the last two axes when the letter is T. M=5, K=11, N=7.
for batch_name, batch in (("", ()), ("_batched", (B, H))):
    for left in "nt":
        for right in "nt":
            name = f"matmul{batch_name}_{left}{right}"
            n = Numbers(name)
            a = n.normal(*batch, *((T, K) if left == "n" else (K, T)))
            b = n.normal(*batch, *((K, S) if right == "n" else (S, K)))

            def product(a, b, left=left, right=right):
                return (a.mT if left == "t" else a) @ (b.mT if right == "t" else b)

            case(name, "matmul", dict(a=a, b=b), product, transpose_a=left == "t", transpose_b=right == "t")

n = Numbers("linear")  # y = x W^T + b, weight (out, in)
case("linear", "linear", dict(x=n.normal(B, T, D), weight=n.normal(F, D, scale=0.3), bias=n.normal(F)),
     lambda x, weight, bias: F_.linear(x, weight, bias))
case("linear_without_bias", "linear", dict(x=n.normal(B, T, D), weight=n.normal(F, D, scale=0.3)),
     lambda x, weight: F_.linear(x, weight))

n = Numbers("embedding")  # ids repeat, so the gradient must add up
ids = torch.tensor([[1, 5, 5, 16, 0], [1, 4, 5, 2, 0], [16, 16, 16, 3, 9]])
case("embedding", "embedding", dict(weight=n.normal(V, D)), lambda weight, ids: weight[ids], dict(ids=ids))
case("embedding_scaled", "embedding", dict(weight=n.normal(V, D)),
     lambda weight, ids: weight[ids] * math.sqrt(D), dict(ids=ids), scale="sqrt(D)")

n = Numbers("layer_norm")
case("layer_norm", "layer_norm",
     dict(x=n.normal(B, T, D, scale=2, mean=0.7), weight=n.normal(D, scale=0.2, mean=1), bias=n.normal(D)),
     lambda x, weight, bias: F_.layer_norm(x, (D,), weight, bias, 1e-5), epsilon=1e-5)

n = Numbers("add_layer_norm")  # the residual connection of a post-norm layer
case("add_layer_norm", "add_layer_norm",
     dict(x=n.normal(B, T, D, mean=0.7), added=n.normal(B, T, D, scale=2), weight=n.normal(D, scale=0.2, mean=1), bias=n.normal(D)),
     lambda x, added, weight, bias: F_.layer_norm(x + added, (D,), weight, bias, 1e-5), epsilon=1e-5)

for name, function in dict(relu=torch.relu, gelu=F_.gelu, gelu_tanh=lambda x: F_.gelu(x, approximate="tanh"), silu=F_.silu).items():
    n = Numbers("linear_" + name)
    case("linear_" + name, "linear_" + name, dict(x=n.normal(B, T, D), weight=n.normal(F, D, scale=0.3), bias=n.normal(F)),
         lambda x, weight, bias, f=function: f(F_.linear(x, weight, bias)))

n = Numbers("embed_positions")
case("embed_positions", "embed_positions", dict(weight=n.normal(V, D), positions=n.normal(T, D)),
     lambda weight, positions, ids: weight[ids] * math.sqrt(D) + positions, dict(ids=ids))

n = Numbers("softmax")
for name, function in (("softmax", torch.softmax), ("log_softmax", torch.log_softmax)):
    case(name, name, dict(x=n.normal(B, T, V, scale=2)), lambda x, f=function: f(x, -1), axis=-1)
    extreme = torch.tensor([[1000.0, 999.0, 1.0], [-1000.0, 0.0, 1000.0], [-1000.0, -1000.0, -1001.0]], dtype=torch.float64)
    case(name + "_extreme", name, dict(x=extreme), lambda x, f=function: f(x, -1), axis=-1)

n = Numbers("cross_entropy")  # N = B T rows; id 0 is padding and counts for nothing
targets = torch.tensor([4, 9, 2, 0, 0, 16, 16, 1, 2, 0, 3, 5, 7, 11, 2])
logits = n.normal(B * T, V, scale=2)
one = torch.tensor(1.0, dtype=torch.float64)
for name, smoothing in (("cross_entropy", 0.0), ("cross_entropy_smoothed", 0.1)):
    case(name, "cross_entropy", dict(logits=logits),
         lambda logits, targets, e=smoothing: F_.cross_entropy(logits, targets, ignore_index=0, label_smoothing=e),
         dict(targets=targets), upstream=one, label_smoothing=smoothing, ignored=0, reduction="mean")
case("cross_entropy_extreme", "cross_entropy", dict(logits=(logits.sign() * 1000)),
     lambda logits, targets: F_.cross_entropy(logits, targets, ignore_index=0, label_smoothing=0.1),
     dict(targets=targets), upstream=one, label_smoothing=0.1, ignored=0, reduction="mean")

pointwise = dict(relu=torch.relu, gelu=F_.gelu, gelu_tanh=lambda x: F_.gelu(x, approximate="tanh"), silu=F_.silu,
                 tanh=torch.tanh, sigmoid=torch.sigmoid)
for name, function in pointwise.items():
    x = Numbers(name).normal(B, T, F, scale=2)
    x[0, 0, :6] = torch.tensor([-30.0, -9.0, -5.5, 5.5, 9.0, 30.0])  # the tails
    case(name, name, dict(x=x), lambda x, f=function: f(x))

shapes = dict(same=((B, T, D), (B, T, D)), vector=((B, T, D), (D,)), middle=((B, T, D), (B, 1, D)),
              both=((B, 1, D), (T, 1)), scalar=((B, T, D), (1,)), left=((T, D), (B, T, D)))
for op, function in dict(add=torch.add, subtract=torch.sub, multiply=torch.mul).items():
    for name, (left, right) in shapes.items():
        n = Numbers(f"{op}_{name}")
        case(f"{op}_{name}", op, dict(a=n.normal(*left), b=n.normal(*right)),
             lambda a, b, f=function: f(a, b))

for op, function in dict(sum=torch.sum, mean=torch.mean, max=torch.amax).items():
    for axis in (0, 1, 2):
        for keep in (False, True):
            name = f"{op}_{axis}" + ("_keep" if keep else "")
            case(name, op, dict(x=Numbers(name).normal(B, T, D)),
                 lambda x, f=function, axis=axis, keep=keep: f(x, axis, keepdim=keep), axis=axis, keep=keep)

n = Numbers("reshape")
case("reshape", "reshape", dict(x=n.normal(B, T, D)), lambda x: x.reshape(B, T, H, K), shape=[B, T, H, K])
case("transpose", "transpose", dict(x=n.normal(B, T, H, K)), lambda x: x.transpose(1, 2), order=[0, 2, 1, 3])
case("transpose_last", "transpose", dict(x=n.normal(B, T, D)), lambda x: x.transpose(1, 2), order=[0, 2, 1])
case("permute", "transpose", dict(x=n.normal(B, T, H, K)), lambda x: x.permute(2, 0, 3, 1), order=[2, 0, 3, 1])
for axis, (left, right) in enumerate((((B, T, D), (H, T, D)), ((B, T, D), (B, S, D)), ((B, T, D), (B, T, F)))):
    case(f"concat_{axis}", "concat", dict(a=n.normal(*left), b=n.normal(*right)),
         lambda a, b, axis=axis: torch.cat((a, b), axis), axis=axis)
case("slice_0", "slice", dict(x=n.normal(B, T, D)), lambda x: x[1:3], axis=0, start=1, length=2)
case("slice_1", "slice", dict(x=n.normal(B, T, D)), lambda x: x[:, 1:4], axis=1, start=1, length=3)
case("slice_2", "slice", dict(x=n.normal(B, T, D)), lambda x: x[:, :, 5:18], axis=2, start=5, length=13)


def attention(query, key, value, lengths=None, offset=None):
    """softmax(Q K^T / sqrt(K)) V ("Attention Is All You Need", eq. 1). Row t of item b may see key s
    when s < lengths[b] and, if causal, s <= t + offset. A row that may see nothing is zeros by definition
    (PyTorch's softmax of all -inf would be NaN)."""
    t, s = query.shape[1], key.shape[1]
    scores = torch.einsum("bthk,bshk->bhts", query, key) / math.sqrt(query.shape[-1])
    visible = torch.ones(query.shape[0], 1, t, s, dtype=torch.bool)
    if lengths is not None:
        visible = visible & (torch.arange(s) < lengths[:, None, None, None])
    if offset is not None:
        visible = visible & (torch.arange(s)[None, :] <= torch.arange(t)[:, None] + offset)
    some = visible.any(-1, keepdim=True)
    # Rows that see nothing get finite scores here, and the zeros below; their gradient is then zero too.
    masked = scores.masked_fill(~visible, -math.inf).masked_fill(~some, 0.0)
    weights = torch.softmax(masked, -1).masked_fill(~some, 0.0)
    output = torch.einsum("bhts,bshk->bthk", weights, value)
    return output, dict(scores=scores, weights=weights)


for name, t, s, lengths, offset in (
        ("attention", T, S, None, None),
        ("attention_padding", T, S, torch.tensor([7, 4, 0]), None),
        ("attention_causal", T, T, None, 0),
        ("attention_causal_cached", T, S, None, S - T),
        ("attention_combined", T, T, torch.tensor([5, 0, 3]), 0),
        ("attention_combined_cached", T, S, torch.tensor([7, 1, 6]), S - T)):
    n = Numbers(name)
    fixed = {} if lengths is None else dict(lengths=lengths)
    case(name, "attention", dict(query=n.normal(B, t, H, K), key=n.normal(B, s, H, K), value=n.normal(B, s, H, K)),
         lambda query, key, value, lengths=None, offset=offset: attention(query, key, value, lengths, offset),
         fixed, causal=offset is not None, offset=offset, padding=lengths is not None)

write("ops", tensors, {"about": "made by make_ops.py", **attributes})
