using Pellucid.Training.Schedules;

namespace Pellucid.Tests.Training.Schedules;

/// <summary>Exact values are compared with PyTorch's in TrainingGoldenTests.</summary>
public class LearningRateScheduleTests
{
    public static TheoryData<LearningRateSchedule> All =>
        [new Noam(64, 10, 2), new InverseSquareRoot(0.3, 10), new Cosine(0.3, 10, 50, 0.01), new Constant(0.3, 10)];

    [Theory]
    [MemberData(nameof(All))]
    public void RatesRiseLinearlyToThePeakAndNeverRiseAgain(LearningRateSchedule schedule)
    {
        Assert.Equal(0, schedule.At(0));
        for (int step = 1; step < 10; step++)
            Assert.Equal(schedule.At(10) * step / 10, schedule.At(step), 1e-12);
        for (int step = 10; step < 80; step++)
            Assert.True(schedule.At(step + 1) <= schedule.At(step) && schedule.At(step + 1) > 0);
    }

    [Fact]
    public void NoamPeaksAtTheInverseRootOfWidthTimesWarmUp() => Assert.Equal(2 / Math.Sqrt(64 * 10), new Noam(64, 10, 2).At(10), 1e-12);

    [Fact]
    public void TheCosineEndsAtItsMinimumAndStaysThere()
    {
        var schedule = new Cosine(0.3, 10, 50, 0.01);
        Assert.Equal(0.155, schedule.At(30), 1e-12);
        Assert.Equal(0.01, schedule.At(50), 1e-12);
        Assert.Equal(0.01, schedule.At(1000), 1e-12);
    }

    [Fact]
    public void WithoutWarmUpTheFirstStepHasThePeak()
    {
        Assert.Equal(0.3, new Constant(0.3).At(1));
        Assert.Equal(0.3, new InverseSquareRoot(0.3, 0).At(1));
        Assert.Equal(0.3, new Cosine(0.3, 0, 1_000_000).At(1), 1e-9);
    }

    [Fact]
    public void SettingsThatMakeNoScheduleAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Noam(0, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Constant(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Constant(0.1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Cosine(0.1, 50, 50));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Constant(0.1).At(-1));
    }
}
