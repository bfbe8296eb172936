namespace Pellucid.Tensors;

/// <summary>How the matrices of a model are held and multiplied at inference. Training is float32.</summary>
public enum Precision
{
    /// <summary>The weights as they are; the same bits as in training.</summary>
    Float32,

    /// <summary>Weights rounded to bfloat16 (to nearest, ties to even); activations, products and sums in float32. Half the memory.</summary>
    BFloat16,

    /// <summary>Weights and activations rounded row by row to 8 bits with a scale of their own; sums are exact. A quarter of the memory.</summary>
    Int8,
}
