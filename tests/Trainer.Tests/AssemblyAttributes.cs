using Xunit.Sdk;
using Xunit.v3;

// Torch's seed and number of threads are global to the process, so tests do not run in parallel.
[assembly: Parallelization(Mode = ParallelMode.None)]
