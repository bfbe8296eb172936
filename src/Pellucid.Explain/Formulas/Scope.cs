namespace Pellucid.Explain.Formulas;

/// <summary>The variables of an expression while it is evaluated, the newest last, and the leading indices that <c>...</c> stands for.</summary>
internal sealed class Scope
{
    private readonly List<(string Name, Measured Value)> variables = [];
    private readonly List<double> gradients = [];

    public Scope(Rule rule, ReadOnlySpan<int> index)
    {
        int named = rule.HasRest ? rule.Output.Count - 1 : rule.Output.Count;
        if (index.Length < named || !rule.HasRest && index.Length != named)
            throw new ArgumentException($"a cell of the rule '{rule.Kind}' has the indices [{string.Join(", ", rule.Output)}], got {index.Length}.");
        Rest = index[..^named].ToArray();
        for (int i = 0; i < named; i++)
            Push(rule.Output[rule.Output.Count - named + i], Measured.Exact(index[index.Length - named + i]));
    }

    public int[] Rest { get; }

    public void Push(string name, Measured value)
    {
        variables.Add((name, value));
        gradients.Add(0);
    }

    /// <summary>Forgets the newest variable; what flowed back into it.</summary>
    public double Pop()
    {
        double gradient = gradients[^1];
        variables.RemoveAt(variables.Count - 1);
        gradients.RemoveAt(gradients.Count - 1);
        return gradient;
    }

    public Measured this[string name] => variables[Find(name)].Value;

    public void Flow(string name, double gradient) => gradients[Find(name)] += gradient;

    private int Find(string name)
    {
        for (int i = variables.Count - 1; i >= 0; i--)
            if (ReferenceEquals(variables[i].Name, name) || variables[i].Name == name)
                return i;
        throw new ArgumentException($"the rule language knows no variable '{name}' here.");
    }
}
