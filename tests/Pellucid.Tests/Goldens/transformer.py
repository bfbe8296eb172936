"""The Transformer of "Attention Is All You Need" (Vaswani et al. 2017) written from its formulas, as plain
functions of a dictionary of parameters, for make_layers.py and make_models.py. Each piece is asserted equal
to torch.nn's own layer there, so two independent statements of the paper stand behind every number."""
import math

import torch
import torch.nn.functional as F_

ACTIVATIONS = dict(relu=torch.relu, gelu=F_.gelu)


def attend(p, name, queries, memory, visible, heads):
    """Multi-head attention, section 3.2.2. queries (B,T,D), memory (B,S,D), visible (B|1,T|1,S) booleans."""
    def linear(role, x):
        return x @ p[f"{name}.{role}.weight"].mT + p[f"{name}.{role}.bias"]

    def split(x):  # (B,L,D) -> (B,H,L,K)
        return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)

    q, k, v = split(linear("query", queries)), split(linear("key", memory)), split(linear("value", memory))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = torch.softmax(scores.masked_fill(~visible[:, None], -math.inf), -1)
    return linear("output", (weights @ v).transpose(1, 2).reshape(queries.shape))


def norm(p, name, x):
    """Layer normalisation with the biased variance, eps 1e-5 inside the root."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred * centred).mean(-1, keepdim=True) + 1e-5) * p[f"{name}.weight"] + p[f"{name}.bias"]


def feed_forward(p, name, x, activation):
    """FFN(x) = f(x W1 + b1) W2 + b2, section 3.3."""
    hidden = ACTIVATIONS[activation](x @ p[f"{name}.hidden.weight"].mT + p[f"{name}.hidden.bias"])
    return hidden @ p[f"{name}.output.weight"].mT + p[f"{name}.output.bias"]


def sublayer(p, name, x, function, pre):
    """post: LayerNorm(x + f(x)), section 3.1; pre: x + f(LayerNorm(x))."""
    return x + function(norm(p, name, x)) if pre else norm(p, name, x + function(x))


def encoder_layer(p, name, x, visible, heads, activation, pre):
    x = sublayer(p, name + "attention_norm", x,
                 lambda y: attend(p, name + "self_attention", y, y, visible, heads), pre)
    return sublayer(p, name + "feed_forward_norm", x,
                    lambda y: feed_forward(p, name + "feed_forward", y, activation), pre)


def decoder_layer(p, name, x, memory, visible, memory_visible, heads, activation, pre):
    x = sublayer(p, name + "attention_norm", x,
                 lambda y: attend(p, name + "self_attention", y, y, visible, heads), pre)
    x = sublayer(p, name + "cross_attention_norm", x,
                 lambda y: attend(p, name + "cross_attention", y, memory, memory_visible, heads), pre)
    return sublayer(p, name + "feed_forward_norm", x,
                    lambda y: feed_forward(p, name + "feed_forward", y, activation), pre)


def padding_mask(lengths, size):
    """(B,1,S): true where the key is a real token."""
    return (torch.arange(size) < lengths[:, None])[:, None]


def causal_mask(size):
    """(1,T,T): position t sees positions up to t."""
    return torch.ones(size, size, dtype=torch.bool).tril()[None]


def sinusoidal_positions(length, width, interleaved=True):
    """PE(pos, 2i) = sin(pos / 10000^(2i/D)), PE(pos, 2i+1) = cos(...), section 3.5."""
    angles = torch.arange(length, dtype=torch.float64)[:, None] / 10000 ** (torch.arange(0, width, 2, dtype=torch.float64) / width)
    if not interleaved:
        return torch.cat((angles.sin(), angles.cos()), -1)
    return torch.stack((angles.sin(), angles.cos()), -1).reshape(length, width)


# --- parameters, and the way to torch.nn --------------------------------------------------------------------

def linear_parameters(p, numbers, name, outputs, inputs):
    bound = math.sqrt(6 / (outputs + inputs))
    p[name + ".weight"] = numbers.uniform(outputs, inputs, low=-bound, high=bound)
    p[name + ".bias"] = numbers.normal(outputs, scale=0.1)


def norm_parameters(p, numbers, name, width):
    p[name + ".weight"] = numbers.normal(width, scale=0.1, mean=1)
    p[name + ".bias"] = numbers.normal(width, scale=0.1)


def layer_parameters(p, numbers, name, width, hidden, attentions):
    """attentions: ("self_attention",) in the encoder, ("self_attention", "cross_attention") in the decoder."""
    for attention in attentions:
        for role in ("query", "key", "value", "output"):
            linear_parameters(p, numbers, f"{name}{attention}.{role}", width, width)
        norm_parameters(p, numbers, name + attention.replace("self_", "") + "_norm", width)
    linear_parameters(p, numbers, name + "feed_forward.hidden", hidden, width)
    linear_parameters(p, numbers, name + "feed_forward.output", width, hidden)
    norm_parameters(p, numbers, name + "feed_forward_norm", width)


def as_torch(p, name, layer):
    """Copies the parameters of one layer into nn.TransformerEncoderLayer or nn.TransformerDecoderLayer."""
    is_decoder = hasattr(layer, "multihead_attn")
    state = {}
    for ours, theirs in (("self_attention", "self_attn"),) + ((("cross_attention", "multihead_attn"),) if is_decoder else ()):
        for kind in ("weight", "bias"):
            state[f"{theirs}.in_proj_{kind}"] = torch.cat([p[f"{name}{ours}.{role}.{kind}"] for role in ("query", "key", "value")])
            state[f"{theirs}.out_proj.{kind}"] = p[f"{name}{ours}.output.{kind}"]
    norms = ("attention_norm", "cross_attention_norm", "feed_forward_norm") if is_decoder else ("attention_norm", "feed_forward_norm")
    pairs = [(ours, f"norm{i + 1}") for i, ours in enumerate(norms)]
    pairs += [("feed_forward.hidden", "linear1"), ("feed_forward.output", "linear2")]
    for ours, theirs in pairs:
        for kind in ("weight", "bias"):
            state[f"{theirs}.{kind}"] = p[f"{name}{ours}.{kind}"]
    layer.load_state_dict({k: v.detach() for k, v in state.items()})
    return layer


def torch_layer(kind, width, heads, hidden, activation, pre):
    make = dict(encoder=torch.nn.TransformerEncoderLayer, decoder=torch.nn.TransformerDecoderLayer)[kind]
    return make(width, heads, hidden, dropout=0.0, activation=activation, batch_first=True, norm_first=pre, dtype=torch.float64)


def assert_equal(ours, theirs, what):
    error = (ours - theirs).abs().max().item()
    assert error < 1e-10, f"{what}: differs from torch.nn by {error}"
