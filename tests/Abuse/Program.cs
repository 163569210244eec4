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
    .All.Select((attack, i) => (Attack: attack, Number: i + 1))
    .Where(entry => args.AsSpan(1).Contains(entry.Attack.Name))
    .SelectMany(entry =>
    {
        AttackOnce once = entry.Attack.Prepare();
        return Enumerable.Range(1, entry.Attack.Addresses).Select(net => (Once: once, From: $"127.0.{net}.{entry.Number}"));
    })
    .ToArray();
Console.WriteLine("Prepared.");
await Task.WhenAll(attacks.Select(attack => Task.Run(() => Attack.RepeatAsync(attack.Once, address, attack.From, end.Token))));
