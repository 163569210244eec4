using System.Runtime.InteropServices;
using Codec.Tests.Abuse;

// Abuse ADDRESS ATTACK…: attacks a server until SIGTERM; writes a line when everything that is sent is prepared, and begins then.
using var end = new CancellationTokenSource();
using var terminated = PosixSignalRegistration.Create(
    PosixSignal.SIGTERM,
    signal =>
    {
        signal.Cancel = true;
        end.Cancel();
    }
);
var address = new Uri(args[0]);
var attacks = Attack
    .All.Select((attack, i) => (attack.Name, attack.Prepare, From: $"127.0.1.{i + 1}"))
    .Where(attack => args.AsSpan(1).Contains(attack.Name))
    .Select(attack => (Once: attack.Prepare(), attack.From))
    .ToArray();
Console.WriteLine("Prepared.");
await Task.WhenAll(attacks.Select(attack => Task.Run(() => Attack.RepeatAsync(attack.Once, address, attack.From, end.Token))));
