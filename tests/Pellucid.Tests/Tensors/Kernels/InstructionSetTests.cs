using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tests.Tensors.Kernels;

/// <summary>test.sh runs the kernels' tests again with instruction sets switched off; a switch that a new runtime renames must not pass unnoticed.</summary>
public sealed class InstructionSetTests
{
    [Fact]
    public void AnInstructionSetThatWasSwitchedOffIsOff()
    {
        Assert.False(SwitchedOff("DOTNET_EnableAVX512") && Avx512F.IsSupported);
        Assert.False(SwitchedOff("DOTNET_EnableAVX2") && Avx2.IsSupported);
        Assert.False(SwitchedOff("DOTNET_EnableHWIntrinsic") && Vector128.IsHardwareAccelerated);
    }

    private static bool SwitchedOff(string name) => Environment.GetEnvironmentVariable(name) == "0";
}
