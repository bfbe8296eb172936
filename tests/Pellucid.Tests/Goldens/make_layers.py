"""One encoder and one decoder layer, norm after and before -> {encoder,decoder}_layer_{post,pre}.safetensors.
Run: python3 make_layers.py

Keys: input.x (B,T|S,D), input.lengths (B), in the decoder also input.memory and input.memory_lengths,
weight.NAME, upstream, output, grad.x, grad.memory, grad.weight.NAME.
Rows of padding have zero upstream: compare outputs at real positions only.
"""
import torch

from golden_file import B, D, F, H, S, T, Numbers, write
from transformer import (as_torch, assert_equal, causal_mask, decoder_layer, encoder_layer, layer_parameters,
                         padding_mask, torch_layer)


def real(lengths, size):
    return (torch.arange(size) < lengths[:, None])[..., None].double()


for pre in (False, True):
    place = "pre" if pre else "post"
    config = dict(width=D, heads=H, hidden=F, activation="relu", norm=place, epsilon=1e-5)

    for kind in ("encoder", "decoder"):
        name = f"{kind}_layer_{place}"
        numbers = Numbers(name)
        p = {}
        layer_parameters(p, numbers, "", D, F, ("self_attention",) if kind == "encoder" else ("self_attention", "cross_attention"))
        memory = numbers.normal(B, S, D).requires_grad_()
        memory_lengths = torch.tensor([7, 4, 6])
        theirs = as_torch(p, "", torch_layer(kind, D, H, F, "relu", pre))
        p = {k: v.requires_grad_() for k, v in p.items()}
        hidden_memory = ~padding_mask(memory_lengths, S)[:, 0]

        if kind == "encoder":
            x, lengths, size = memory, memory_lengths, S
            output = encoder_layer(p, "", x, padding_mask(lengths, S), H, "relu", pre)
            expected = theirs(x, src_key_padding_mask=hidden_memory)
            inputs = dict(x=x)
        else:
            x, lengths, size = numbers.normal(B, T, D).requires_grad_(), torch.tensor([5, 3, 4]), T
            visible = causal_mask(T) & padding_mask(lengths, T)
            output = decoder_layer(p, "", x, memory, visible, padding_mask(memory_lengths, S), H, "relu", pre)
            expected = theirs(x, memory, tgt_mask=~causal_mask(T)[0], tgt_key_padding_mask=~padding_mask(lengths, T)[:, 0],
                              memory_key_padding_mask=hidden_memory)
            inputs = dict(x=x, memory=memory)
        upstream = Numbers(name + ".upstream").normal(*output.shape) * real(lengths, size)
        assert_equal(output, expected, name)

        gradients = torch.autograd.grad(output, [*inputs.values(), *p.values()], upstream)
        expected_inputs = torch.autograd.grad(expected, list(inputs.values()), upstream)
        for ours, other in zip(gradients, expected_inputs):
            assert_equal(ours, other, name + " gradient")

        tensors = {f"input.{k}": v for k, v in inputs.items()}
        tensors["input.lengths"] = lengths
        if kind == "decoder":
            tensors["input.memory_lengths"] = memory_lengths
        tensors.update({f"weight.{k}": v for k, v in p.items()})
        tensors.update({f"grad.{k}": g for k, g in zip([*inputs, *("weight." + k for k in p)], gradients)})
        tensors.update(upstream=upstream, output=output)
        write(name, tensors, dict(about="made by make_layers.py", config=config))
