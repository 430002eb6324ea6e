// Every test has the whole machine: installations share its network.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
