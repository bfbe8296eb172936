using System.Text.Json;

namespace Pellucid.Explain.Learning;

/// <summary>The numbers of a training step as JSON; its operations and tensors are those of its trace.</summary>
internal static class LearningJson
{
    /// <summary>Writes one object.</summary>
    public static void Write(Utf8JsonWriter json, TrainingStep step)
    {
        var update = step.Options.Update;
        json.WriteStartObject();
        Number("loss", step.Loss);
        Number("loss_after", step.LossAfter);
        Number("gradient_norm", step.GradientNorm);
        Number("gradient_scale", step.GradientScale);
        Number("label_smoothing", step.Options.LabelSmoothing);
        json.WriteNumber("step", update.Step);
        Number("learning_rate", update.LearningRate);
        Number("beta1", update.Beta1);
        Number("beta2", update.Beta2);
        Number("epsilon", update.Epsilon);
        Number("weight_decay", update.WeightDecay);
        json.WriteBoolean("decoupled_decay", update.DecoupledDecay);
        json.WriteEndObject();

        // JSON knows no infinity and no NaN.
        void Number(string name, double value)
        {
            if (double.IsFinite(value))
                json.WriteNumber(name, value);
            else
                json.WriteNull(name);
        }
    }
}
