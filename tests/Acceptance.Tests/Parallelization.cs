// Each class has a cluster of its own; one after another, or they would slow each other down.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
