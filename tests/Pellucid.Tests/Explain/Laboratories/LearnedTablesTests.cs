using Pellucid.Explain.Laboratories;
using Pellucid.Tensors;

namespace Pellucid.Tests.Explain.Laboratories;

public sealed class LearnedTablesTests
{
    private readonly List<(int Length, int Width)> learned = [];

    [Fact]
    public void ASizeIsLearnedOnceAndTheLeastRecentlyUsedMakesRoom()
    {
        var tables = new LearnedTables(2);
        var first = Get(tables, 2, 4);
        Get(tables, 3, 4);
        Assert.Same(first, Get(tables, 2, 4));
        Get(tables, 4, 4); // (3, 4) makes room
        Assert.Same(first, Get(tables, 2, 4));
        Get(tables, 3, 4);
        Assert.Equal([(2, 4), (3, 4), (4, 4), (3, 4)], learned);
    }

    [Fact]
    public void WhatWasNotLearnedToItsEndIsNotKept()
    {
        var tables = new LearnedTables(2);
        Assert.Throws<OperationCanceledException>(() => tables.Get((2, 4), () => throw new OperationCanceledException()));
        Get(tables, 2, 4);
        Assert.Equal([(2, 4)], learned);
    }

    [Fact]
    public void TheLaboratoryGivesTheSameTableAgainForEveryOffset()
    {
        var (one, two) = (PositionLaboratory.Learned(22, 10, 1), PositionLaboratory.Learned(22, 10, 2));
        Assert.Same(one.Table, two.Table);
        Assert.Equal(one.Learning, two.Learning);
        Assert.Equal((1, 2), (one.Offset, two.Offset));
    }

    private Tensor Get(LearnedTables tables, int length, int width) => tables.Get((length, width), () =>
    {
        learned.Add((length, width));
        return (Some.Tensor([length, width]), new PositionLearning(1, 2, 1));
    }).Table;
}
