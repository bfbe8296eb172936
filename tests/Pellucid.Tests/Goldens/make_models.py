"""Whole encoder-decoders: logits, loss, every gradient, ten Adam steps -> model_*.safetensors. Run: python3 make_models.py

Keys: input.source (B,S), input.target (B,T) begins with bos 1, input.labels (B,T) ends with eos 2; 0 is padding;
weight.NAME, output.encoder (B,S,D), output.decoder (B,T,D), output.logits (B,T,V): compare real positions only;
output.loss (), grad.NAME, adam.losses (10: the loss before each step), adam.weight.NAME after the ten steps.
The gradients of key biases are zero in exact arithmetic (softmax ignores a shift), so after Adam those biases
are rounding noise in any implementation, ours and PyTorch's: they are left out of adam.weight.
"""
import math

import torch
import torch.nn.functional as F_

from golden_file import B, D, F, H, S, T, V, Numbers, write
from transformer import (as_torch, assert_equal, causal_mask, decoder_layer, encoder_layer, layer_parameters, norm,
                         norm_parameters, padding_mask, sinusoidal_positions, torch_layer)

LAYERS, MAX_LENGTH, SMOOTHING = 2, 9, 0.1
SOURCE = torch.tensor([[5, 9, 16, 3, 3, 8, 2], [7, 4, 11, 2, 0, 0, 0], [12, 6, 13, 10, 5, 2, 0]])
TARGET = torch.tensor([[1, 8, 8, 15, 4], [1, 6, 14, 0, 0], [1, 3, 9, 16, 0]])
LABELS = torch.tensor([[8, 8, 15, 4, 2], [6, 14, 2, 0, 0], [3, 9, 16, 2, 0]])
SOURCE_LENGTHS, TARGET_LENGTHS = (SOURCE != 0).sum(1), (TARGET != 0).sum(1)


def parameters(name, pre, learned, tied):
    p, numbers = {}, Numbers(name)
    for key in ("embedding.weight",) if tied else ("source_embedding.weight", "target_embedding.weight", "output.weight"):
        p[key] = numbers.normal(V, D, scale=D ** -0.5)
    if learned:
        p["source_positions.weight"] = numbers.normal(MAX_LENGTH, D, scale=0.5)
        p["target_positions.weight"] = numbers.normal(MAX_LENGTH, D, scale=0.5)
    for side, attentions in (("encoder", ("self_attention",)), ("decoder", ("self_attention", "cross_attention"))):
        for layer in range(LAYERS):
            layer_parameters(p, numbers, f"{side}.layers.{layer}.", D, F, attentions)
        if pre:
            norm_parameters(p, numbers, f"{side}.norm", D)
    return p


def embed(p, side, ids):
    """E[ids] sqrt(D) + positions, sections 3.4 and 3.5."""
    table = p.get("embedding.weight", p.get(f"{side}_embedding.weight"))
    positions = p.get(f"{side}_positions.weight", sinusoidal_positions(MAX_LENGTH, D))
    return table[ids] * math.sqrt(D) + positions[:ids.shape[1]]


def forward(p, activation, pre):
    seen = padding_mask(SOURCE_LENGTHS, S)
    memory = embed(p, "source", SOURCE)
    for layer in range(LAYERS):
        memory = encoder_layer(p, f"encoder.layers.{layer}.", memory, seen, H, activation, pre)
    memory = norm(p, "encoder.norm", memory) if pre else memory

    past = causal_mask(T) & padding_mask(TARGET_LENGTHS, T)
    x = embed(p, "target", TARGET)
    for layer in range(LAYERS):
        x = decoder_layer(p, f"decoder.layers.{layer}.", x, memory, past, seen, H, activation, pre)
    x = norm(p, "decoder.norm", x) if pre else x

    logits = x @ p.get("embedding.weight", p.get("output.weight")).mT
    loss = F_.cross_entropy(logits.reshape(-1, V), LABELS.reshape(-1), ignore_index=0, label_smoothing=SMOOTHING)
    return memory, x, logits, loss


def assert_torch_agrees(p, activation, pre, memory, output):
    """The same stack from nn.TransformerEncoder and nn.TransformerDecoder."""
    def last_norm(side):
        if not pre:
            return None
        module = torch.nn.LayerNorm(D, dtype=torch.float64)
        module.load_state_dict({kind: p[f"{side}.norm.{kind}"].detach() for kind in ("weight", "bias")})
        return module

    hidden = ~padding_mask(SOURCE_LENGTHS, S)[:, 0]
    encoder = torch.nn.TransformerEncoder(torch_layer("encoder", D, H, F, activation, pre), LAYERS, last_norm("encoder"))
    decoder = torch.nn.TransformerDecoder(torch_layer("decoder", D, H, F, activation, pre), LAYERS, last_norm("decoder"))
    for layer in range(LAYERS):
        as_torch(p, f"encoder.layers.{layer}.", encoder.layers[layer])
        as_torch(p, f"decoder.layers.{layer}.", decoder.layers[layer])
    their_memory = encoder(embed(p, "source", SOURCE), src_key_padding_mask=hidden)
    assert_equal(memory, their_memory, "encoder")
    theirs = decoder(embed(p, "target", TARGET), their_memory, tgt_mask=~causal_mask(T)[0],
                     tgt_key_padding_mask=~padding_mask(TARGET_LENGTHS, T)[:, 0], memory_key_padding_mask=hidden)
    assert_equal(output, theirs, "decoder")


def make(name, activation="relu", pre=False, learned=False, tied=True, keep_weights=True):
    p = {k: v.requires_grad_() for k, v in parameters(name, pre, learned, tied).items()}
    memory, x, logits, loss = forward(p, activation, pre)
    assert_torch_agrees(p, activation, pre, memory, x)
    tensors = {f"weight.{k}": v.detach().clone() for k, v in p.items()}
    tensors.update({"input.source": SOURCE, "input.target": TARGET, "input.labels": LABELS, "output.encoder": memory,
                    "output.decoder": x, "output.logits": logits, "output.loss": loss})
    tensors.update({f"grad.{k}": g for k, g in zip(p, torch.autograd.grad(loss, list(p.values())))})

    adam, losses = torch.optim.Adam(p.values(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9), []
    for _ in range(10):
        adam.zero_grad()
        loss = forward(p, activation, pre)[-1]
        loss.backward()
        adam.step()
        losses.append(loss.item())
    tensors["adam.losses"] = torch.tensor(losses, dtype=torch.float64)
    if keep_weights:
        tensors.update({f"adam.weight.{k}": v for k, v in p.items() if not k.endswith("key.bias")})
    config = dict(width=D, heads=H, hidden=F, encoder_layers=LAYERS, decoder_layers=LAYERS, vocabulary=V, activation=activation,
                  norm="pre" if pre else "post", positions="learned" if learned else "sinusoidal", tied=tied,
                  max_length=MAX_LENGTH, epsilon=1e-5)
    training = dict(label_smoothing=SMOOTHING, ignored=0, learning_rate=1e-3, beta1=0.9, beta2=0.98, epsilon=1e-9)
    write(name, tensors, dict(about="made by make_models.py", config=config, training=training))


make("model_post")
make("model_pre", pre=True)
make("model_pre_gelu", activation="gelu", pre=True, keep_weights=False)
make("model_post_learned", learned=True, tied=False)
write("positions", dict(interleaved=sinusoidal_positions(40, D), concatenated=sinusoidal_positions(40, D, interleaved=False)),
      dict(about="made by make_models.py: PE(pos, i), paper section 3.5"))
