using System.Globalization;
using System.Text.Json;
using Pellucid.Bench;
using static Pellucid.Bench.Amounts;

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

    private static string Rate(double? value, string unit) => value is { } number ? $"{Number(number)} {unit}" : "";

    private static string Spread(Sample sample) => sample.Count == 1 ? "once" : $"{Number(sample.Least)} to {Number(sample.Most)}";

    private static string Further(Measurement m)
    {
        IEnumerable<string> time = m.Seconds is { } seconds ? [$"{Number(seconds.Median * 1e3)} ms"] : [];
        return string.Join(", ", time.Concat(m.Figures.Select(figure => figure.Text)));
    }

    private static IEnumerable<string> ProfileLines(Measurement m) => m.Profile.Select(part =>
        $"{part.Name,-24} {Number(part.Milliseconds),9} ms{(part.Calls > 0 ? $" {Number(part.Calls),8} calls" : "")}");

    private static string PeerText(Measurement m) => m.Peer is { } peer
        ? $"{Rate(peer.Value.Median, m.Unit)}, {Number(peer.Seconds.Median * 1e3)} ms{(m.Figures.Any(figure => figure.Name == "peak_bytes") ? $", peak {Bytes(peer.PeakBytes)}" : "")} ({peer.Name})"
        : "";

    private static string Ratio(Measurement m) => m.Ratio is { } ratio ? string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00}") : "";

    private static string[] Cells(Measurement m, bool hasPeer)
    {
        string[] cells =
        [
            m.Bench, m.Shape, m.Threads.ToString(CultureInfo.InvariantCulture), m.Precision, Rate(m.Value.Median, m.Unit), Spread(m.Value),
            m.LimitName is null ? "" : $"{Number(m.Limit!.Value)} {m.LimitName}", m.Share is { } share ? Percent(share) : "",
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
            Output.Flush();
        }

        public override void Write(Measurement measurement)
        {
            Row(Cells(measurement, hasPeer));
            foreach (var part in ProfileLines(measurement)) Output.WriteLine("    " + part);
            Output.Flush();
        }

        private void Row(string[] cells)
        {
            // Without a peer its two columns are left out.
            var widths = cells.Length == Widths.Length ? Widths : [.. Widths[..8], 0];
            Output.WriteLine(string.Join("  ", cells.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
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

        public override void Write(Measurement measurement)
        {
            var cells = Cells(measurement, hasPeer);
            var profile = string.Join("; ", measurement.Profile.Select(part => $"{part.Name} {Number(part.Milliseconds)} ms"));
            Row([.. cells[..^1], profile.Length == 0 ? cells[^1] : $"{cells[^1]}; {profile}"]);
        }

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
            if (m.Profile.Count > 0)
            {
                json.WriteStartObject("profile_milliseconds");
                foreach (var part in m.Profile) json.WriteNumber(part.Name, part.Milliseconds);
                json.WriteEndObject();
            }
            if (m.Bench == "machine") json.WriteString("machine", _machine.ToString());

            void Optional(string key, double? value)
            {
                if (value is { } number) json.WriteNumber(key, number);
                else json.WriteNull(key);
            }
        }
    }
}
