using System.Globalization;
using System.Text.Json;
using Pellucid.Bench;

namespace Pellucid.Cli.Output;

/// <summary>Writes measurements as they come: a table for people, one for pages, a line of JSON for programs.</summary>
internal abstract class BenchWriter(TextWriter output)
{
    protected TextWriter Output { get; } = output;

    /// <param name="format">table, markdown or json.</param>
    /// <param name="hasPeer">Whether there is anything to show of a peer.</param>
    public static BenchWriter Of(string format, TextWriter output, bool hasPeer) => format switch
    {
        "json" => new Json(output),
        "markdown" => new Markdown(output, hasPeer),
        _ => new Table(output, hasPeer),
    };

    public abstract void Begin(MachineDescription machine);

    public abstract void Write(Measurement measurement);

    /// <summary>Three digits that count, and no more than are there.</summary>
    internal static string Number(double value) => value switch
    {
        0 => "0",
        >= 1e6 => value.ToString("0.00e+0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };

    /// <summary>Bytes in the unit that suits them.</summary>
    internal static string Bytes(double bytes) => bytes switch
    {
        >= 1e9 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB"),
        >= 1e3 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
    };

    private static string Percent(double? share) => share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0} %") : "";

    private static string Rate(double? value, string unit) => value is { } number ? $"{Number(number)} {unit}" : "";

    private static string Spread(Sample sample) => sample.Count == 1 ? "once" : $"{Number(sample.Least)} to {Number(sample.Most)}";

    private static string Further(Measurement m)
    {
        IEnumerable<string> time = m.Seconds is { } seconds ? [$"{Number(seconds.Median * 1e3)} ms"] : [];
        return string.Join(", ", time.Concat(m.Figures.Select(Text)));

        static string Text(Figure figure)
        {
            var name = figure.Name.Replace('_', ' ');
            return figure.Name.EndsWith("_bytes", StringComparison.Ordinal) ? $"{name[..^6]} {Bytes(figure.Value)}{figure.Unit[1..]}" : $"{name} {Number(figure.Value)} {figure.Unit}";
        }
    }

    private static string PeerText(Measurement m) => m.Peer is { } peer ? $"{Number(peer.Value.Median)} {m.Unit}, {Number(peer.Seconds.Median * 1e3)} ms ({peer.Name})" : "";

    private static string Ratio(Measurement m) => m.Ratio is { } ratio ? string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00}") : "";

    private static string[] Cells(Measurement m, bool hasPeer)
    {
        string[] cells =
        [
            m.Bench, m.Shape, m.Threads.ToString(CultureInfo.InvariantCulture), m.Precision, Rate(m.Value.Median, m.Unit), Spread(m.Value),
            m.LimitName is null ? "" : $"{Number(m.Limit!.Value)} {m.LimitName}", Percent(m.Share),
        ];
        return [.. cells, .. hasPeer ? (string[])[Ratio(m), PeerText(m)] : [], Further(m)];
    }

    private static string[] Heads(bool hasPeer) =>
        ["bench", "shape", "threads", "precision", "value", "least to most", "limit", "share", .. hasPeer ? (string[])["ratio", "peer"] : [], "further"];

    private sealed class Table(TextWriter output, bool hasPeer) : BenchWriter(output)
    {
        private static readonly int[] Widths = [9, 22, 7, 9, 15, 16, 19, 5, 5, 54, 0];

        public override void Begin(MachineDescription machine)
        {
            Output.WriteLine(machine);
            Row(Heads(hasPeer));
        }

        public override void Write(Measurement measurement) => Row(Cells(measurement, hasPeer));

        private void Row(string[] cells)
        {
            // Without a peer its two columns are left out.
            var widths = cells.Length == Widths.Length ? Widths : [.. Widths[..8], 0];
            Output.WriteLine(string.Join("  ", cells.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
            Output.Flush();
        }
    }

    private sealed class Markdown(TextWriter output, bool hasPeer) : BenchWriter(output)
    {
        public override void Begin(MachineDescription machine)
        {
            Output.WriteLine($"Machine: {machine}.");
            Output.WriteLine();
            var heads = Heads(hasPeer);
            Row(heads);
            Output.WriteLine("|" + string.Concat(heads.Select(_ => "---|")));
        }

        public override void Write(Measurement measurement) => Row(Cells(measurement, hasPeer));

        private void Row(string[] cells)
        {
            Output.WriteLine($"| {string.Join(" | ", cells)} |");
            Output.Flush();
        }
    }

    private sealed class Json(TextWriter output) : BenchWriter(output)
    {
        private MachineDescription _machine = MachineDescription.Here;

        public override void Begin(MachineDescription machine) => _machine = machine;

        public override void Write(Measurement m)
        {
            Output.WriteLine(JsonLine.Write(json => Members(json, m)));
            Output.Flush();
        }

        private void Members(Utf8JsonWriter json, Measurement m)
        {
            json.WriteString("bench", m.Bench);
            json.WriteString("shape", m.Shape);
            json.WriteNumber("threads", m.Threads);
            json.WriteString("precision", m.Precision);
            json.WriteNumber("value", m.Value.Median);
            json.WriteString("unit", m.Unit);
            Optional("limit", m.Limit);
            Optional("share", m.Share);
            if (m.Peer is { } peer)
            {
                json.WriteString("peer", peer.Name);
                json.WriteNumber("peer_value", peer.Value.Median);
                Optional("ratio", m.Ratio);
            }
            json.WriteNumber("least", m.Value.Least);
            json.WriteNumber("most", m.Value.Most);
            json.WriteNumber("repeats", m.Value.Count);
            if (m.LimitName is { } name) json.WriteString("limited_by", name);
            if (m.Seconds is { } seconds) json.WriteNumber("milliseconds", seconds.Median * 1e3);
            if (m.Peer is { } other)
            {
                json.WriteNumber("peer_milliseconds", other.Seconds.Median * 1e3);
                json.WriteNumber("peer_peak_bytes", other.PeakBytes);
            }
            foreach (var figure in m.Figures) json.WriteNumber(figure.Name, figure.Value);
            if (m.Bench == "machine") json.WriteString("machine", _machine.ToString());

            void Optional(string key, double? value)
            {
                if (value is { } number) json.WriteNumber(key, number);
                else json.WriteNull(key);
            }
        }
    }
}
