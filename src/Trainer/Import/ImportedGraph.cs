using Codec.Onnx;

namespace Codec.Trainer.Import;

/// <summary>An imported graph: operators that a published graph may have, with a free batch and fixed sides otherwise.</summary>
/// <param name="OperatorSet">Version of ONNX's operators.</param>
/// <param name="Input">Name of the input.</param>
/// <param name="InputShape">The input's sizes without the batch.</param>
/// <param name="Output">Name of the output.</param>
/// <param name="OutputShape">The output's sizes without the batch.</param>
/// <param name="Steps">The operators in order.</param>
/// <param name="Constants">The constants by name.</param>
internal sealed record ImportedGraph(
    long OperatorSet,
    string Input,
    int[] InputShape,
    string Output,
    int[] OutputShape,
    IReadOnlyList<ImportedStep> Steps,
    IReadOnlyDictionary<string, OnnxTensor> Constants
)
{
    /// <summary>Adds the operators to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">[N, <see cref="InputShape"/>].</param>
    /// <returns>[N, <see cref="OutputShape"/>].</returns>
    public OnnxValue AppendTo(OnnxGraphBuilder graph, OnnxValue input)
    {
        var values = new Dictionary<string, OnnxValue> { [Input] = input };
        foreach (ImportedStep step in Steps)
        {
            var inputs = new OnnxValue?[step.Inputs.Length];
            for (int index = 0; index < inputs.Length; index++)
            {
                string name = step.Inputs[index];
                if (name.Length == 0)
                    continue;
                if (!values.TryGetValue(name, out OnnxValue value))
                    values[name] = value = graph.Constant(Constants[name]);
                inputs[index] = value;
            }

            values[step.Output] = graph.Foreign(step.Operator, inputs, step.Attributes, OperatorSet);
        }

        return values[Output];
    }
}

/// <summary>An operator of an imported graph.</summary>
/// <param name="Operator">Its name.</param>
/// <param name="Inputs">Names of its inputs; empty for an absent one.</param>
/// <param name="Output">Name of its result.</param>
/// <param name="Attributes">Its attributes.</param>
internal sealed record ImportedStep(string Operator, string[] Inputs, string Output, AttributeProto[] Attributes);
