using System.Collections.Concurrent;
using System.Diagnostics;

namespace Belong.ConsentService.Testing.Hosts;

/// <summary>Starts processes from one thread that never ends.</summary>
/// <remarks>
/// The kernel's parent-death signal follows the thread that forked, not the process: a server started from a
/// pool thread would be killed as soon as the pool retires that thread.
/// </remarks>
internal static class Spawner
{
    private static readonly BlockingCollection<Order> Orders = Begin();

    public static Task<Process> StartAsync(ProcessStartInfo info)
    {
        var order = new Order(info, new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously));
        Orders.Add(order);
        return order.Started.Task;
    }

    private static BlockingCollection<Order> Begin()
    {
        var orders = new BlockingCollection<Order>(boundedCapacity: 64);
        new Thread(() => Serve(orders)) { IsBackground = true, Name = "spawner" }.Start();
        return orders;
    }

    private static void Serve(BlockingCollection<Order> orders)
    {
        foreach (var order in orders.GetConsumingEnumerable())
        {
            try
            {
                order.Started.SetResult(Process.Start(order.Info)!);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                order.Started.SetException(failure);
            }
        }
    }

    private sealed record Order(ProcessStartInfo Info, TaskCompletionSource<Process> Started);
}
