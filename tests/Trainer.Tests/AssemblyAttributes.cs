using Xunit.Sdk;
using Xunit.v3;

// Torch's seed and number of threads belong to the whole process.
[assembly: Parallelization(Mode = ParallelMode.None)]
