// Each class has a cluster of its own, and most of them wait for something most of the time.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
