using BenchmarkDotNet.Running;

// In this process: a project that BenchmarkDotNet generates would have to build under this repository's rules.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
