using Pellucid.Explain.Traces;
using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Tensors.Optimization;
using Pellucid.Tensors.Recording;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Explain.Learning;

/// <summary>
/// Watches one step that somebody else makes, the trainer as a rule: a batch with its padding, dropout, the loss, the derivatives, the optimizer. It changes none.
/// <code>
/// var recording = new StepRecording(model, batch);
/// using (var recorder = Recorder.Begin(gradients: true, recording.Observer)) { ... recorder.Backward(model.Loss(...), release: true); }
/// recording.Updating(parameters, moments, update, scale);
/// update.Apply(parameters, moments, scale);
/// var trace = recording.Finish(tokenizer);
/// </code>
/// </summary>
public sealed class StepRecording
{
    private readonly Transformer model;
    private readonly StepBatch batch;
    private readonly TracePattern capture;
    private readonly LearningRecording learning;
    private AdamRecording? optimizer;

    /// <param name="model">The model that learns.</param>
    /// <param name="batch">What it learns from.</param>
    /// <param name="capture">Which tensors keep their values; all when null.</param>
    /// <param name="cancellation">Ends the work between two operations.</param>
    public StepRecording(Transformer model, StepBatch batch, TracePattern? capture = null, CancellationToken cancellation = default)
    {
        (this.model, this.batch, this.capture) = (model, batch, capture ?? TracePattern.All);
        learning = new LearningRecording(model, this.capture, cancellation);
    }

    /// <summary>For the recorder of the step's one pass forward and back.</summary>
    public IRecorderObserver Observer => learning;

    /// <summary>Between the way back and the optimizer: what it is about to change.</summary>
    /// <param name="parameters">By their checkpoint keys.</param>
    /// <param name="moments">As many, in their order.</param>
    /// <param name="update">The optimizer's step.</param>
    /// <param name="scale">What clipping multiplies the gradients by.</param>
    public void Updating(IReadOnlyList<(string Name, Parameter Parameter)> parameters, IReadOnlyList<AdamMoments> moments, AdamUpdate update, double scale) =>
        optimizer = new AdamRecording(capture, parameters, moments, update, scale);

    /// <summary>The step, of the kind <c>training_step</c>. Without <see cref="Updating"/>, as where a gradient was not finite, it ends with the derivatives.</summary>
    /// <param name="tokenizer">Spells the tokens.</param>
    public Trace Finish(Tokenizer tokenizer) => Finish(batch.Header(model.Config, tokenizer));

    internal Trace Finish(TraceHeader header)
    {
        var trace = learning.Finish(header);
        return optimizer is null ? trace : optimizer.Finish(trace);
    }
}
