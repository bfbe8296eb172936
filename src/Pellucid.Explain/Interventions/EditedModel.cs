using System.Text.RegularExpressions;
using Pellucid.Models.Attention;
using Pellucid.Tensors;

namespace Pellucid.Explain.Interventions;

/// <summary>Makes an edited model beside the original, which stays as it is.</summary>
public static partial class EditedModel
{
    /// <summary>The model with these changes, in their order. Of a packed model only weights that change are held twice; one in bfloat16 or int8 keeps its precision, to which a new value is rounded.</summary>
    /// <exception cref="ArgumentException">An edit names a weight, a cell, an attention or a head that the model does not have, or a value that is no number; the message says which.</exception>
    public static TranslationModel Apply(TranslationModel model, IReadOnlyList<Edit> edits)
    {
        var transformer = model.Transformer;
        if (edits.Any(edit => edit is not Edit.Mask))
        {
            transformer = transformer.Copy();
            var parameters = transformer.Parameters().ToDictionary(entry => entry.Name, entry => entry.Parameter, StringComparer.Ordinal);
            var changed = new Dictionary<Parameter, (float[] Values, Precision? Precision)>(ReferenceEqualityComparer.Instance);
            foreach (var edit in edits)
                Change(edit, model, parameters, changed);
            foreach (var (parameter, (values, precision)) in changed)
            {
                parameter.Assign(values);
                if (precision is { } packed)
                    parameter.Pack(packed);
            }
        }
        var masks = edits.OfType<Edit.Mask>().Select(mask => new MaskEdit(mask.Place, mask.Query, mask.Key, mask.Visible)).ToList();
        return model with { Transformer = masks.Count > 0 ? transformer.WithMasks(new MaskEdits(masks)) : transformer };
    }

    private static void Change(Edit edit, TranslationModel model, Dictionary<string, Parameter> parameters, Dictionary<Parameter, (float[] Values, Precision? Precision)> changed)
    {
        switch (edit)
        {
            case Edit.Weight weight:
                var cell = Values(weight.Name, out var shape);
                if (!float.IsFinite(weight.Value))
                    throw new ArgumentException(FormattableString.Invariant($"{weight.Name} cannot become {weight.Value}: a weight is a finite number."));
                cell[Offset(weight, shape)] = weight.Value;
                break;
            case Edit.Head head:
                SwitchOff(head, Values(OutputOf(head, model), out _), model.Transformer.Config.Width, model.Transformer.Config.HeadWidth);
                break;
        }

        float[] Values(string name, out Shape shape)
        {
            if (!parameters.TryGetValue(name, out var parameter))
                throw new ArgumentException($"the model has no weight '{name}'; encoder.layers.0.self_attention.query.weight is one.");
            shape = parameter.Shape;
            if (!changed.TryGetValue(parameter, out var entry))
                changed[parameter] = entry = (CopyOf(parameter), parameter.Packed?.Precision);
            return entry.Values;
        }
    }

    // Not the parameter's own Values: reading those of a packed one would keep a second form of it in memory.
    private static float[] CopyOf(Parameter parameter)
    {
        if (parameter.Packed is not { } packed)
            return parameter.ToArray();
        float[] values = new float[parameter.Count];
        packed.CopyTo(values);
        return values;
    }

    private static int Offset(Edit.Weight edit, Shape shape)
    {
        if (edit.Index.Count != shape.Rank)
            throw new ArgumentException($"{edit.Name} is {shape}; the cell [{string.Join(",", edit.Index)}] has {edit.Index.Count} indices.");
        int offset = 0;
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if ((uint)edit.Index[axis] >= (uint)shape[axis])
                throw new ArgumentException($"{edit.Name} is {shape}; the cell [{string.Join(",", edit.Index)}] lies outside it.");
            offset = offset * shape[axis] + edit.Index[axis];
        }
        return offset;
    }

    /// <summary>The key of the output projection of a head's attention.</summary>
    private static string OutputOf(Edit.Head head, TranslationModel model)
    {
        var config = model.Transformer.Config;
        if (!model.Transformer.AttentionPlaces.Contains(head.Place, StringComparer.Ordinal))
            throw new ArgumentException($"'{head.Place}' is no attention of this model; it has {string.Join(", ", model.Transformer.AttentionPlaces)}.");
        if ((uint)head.Number >= (uint)config.Heads)
            throw new ArgumentException(FormattableString.Invariant($"{head.Place} has the heads 0..{config.Heads - 1}, got {head.Number}."));
        return Stack().Replace(head.Place, "$1.layers.") + ".output.weight";
    }

    // [D, D] as (out, in): head h is the inputs h K .. (h + 1) K - 1.
    private static void SwitchOff(Edit.Head head, float[] weight, int width, int headWidth)
    {
        for (int o = 0; o < width; o++)
            weight.AsSpan(o * width + head.Number * headWidth, headWidth).Clear();
    }

    [GeneratedRegex(@"^(encoder|decoder)\.")]
    private static partial Regex Stack();
}
