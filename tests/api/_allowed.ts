// What goes through on purpose where no row of a method, layer or loss says so by a domain.

interface Allowance {
  /** Callables and paths, as "name path". @default everywhere */
  readonly where?: RegExp;
  /** Types of parameters. @default every type */
  readonly type?: RegExp;
  /** Names of bad values. */
  readonly values: RegExp;
  readonly reason: string;
  /** Whether a host may have no need of it. @default false */
  readonly dependsOnHost?: boolean;
}

/** Callables that are not tried, with the reason. */
export const NOT_TRIED: readonly { readonly where: RegExp; readonly reason: string }[] = [
  { where: /^new \w+Error$/, reason: "an error says what it is told" },
  {
    where:
      /^(BoundLayer\.\w+|Layer\.bind|SiteForm\.pull|SitePlaces\.offsetOf|new (HiddenStates|Linearization|Partition|SiteBlock))$/,
    reason: "a model calls them, with what it has checked and planned",
  },
  {
    where: /^(Partition|SiteBlock)\.belongsTo$/,
    reason: "whatever is not the model's own sites is just that",
  },
  {
    where: /^(Layer|Loss)Definition\.\w+$/,
    reason: "users write them, the library calls them",
  },
  {
    where:
      /^(StopRule\.isSatisfied|IterateStore\.\w+|new (IterateStore|Workspace|LanczosDecomposition))$/,
    reason: "solvers call them in every iteration, with what they have checked",
  },
];

const BIG = /^2\^(31|32|53)$/;

const ALLOWANCES: readonly Allowance[] = [
  {
    where: /^SiteBlock\.(views|gather|scatter) [01]$/,
    values: /^a tensor of another (rank|dtype)$/,
    reason: "a vector is any tensor of as many elements; views have its dtype",
  },
  { where: /^SiteBlock\.offsetOf 0$/, values: /^-0$/, reason: "it is 0" },
  {
    where: /^Loss\.residuals of .* 2$/,
    values: /^a tensor of another dtype$/,
    reason: "float64 holds the residuals of float32",
  },
  { type: /^boolean$/, values: /^true$/, reason: "it is one" },
  {
    type: /(Options|Properties|InitContext)$/,
    values: /^an empty object$/,
    reason: "every option may be left out",
  },
  {
    where: /^(train|fit)( of a run that (resumes|is judged))? 0\.evaluate$/,
    values: /^an empty object$/,
    reason: "no data set to evaluate on",
  },
  {
    type: /^Matrix$/,
    values: /^a proxy of a good one$/,
    reason: "a matrix has nothing private: what counts is the tensor that it looks at",
  },
  { type: /^Shape$/, values: /^an empty array$/, reason: "a scalar has no axes" },
  {
    type: /^(Metric\[\]|Layer\[\]|Block( \| SiteBlock)?|Iterable)$/,
    values: /^an empty array$/,
    reason: "there may be none",
  },
  { type: /^Schedule$/, values: /^a function$/, reason: "it is checked in the step that uses it" },
  {
    type: /^(function|Initializer|Fetch|InverseSolver)$/,
    values: /^a function$/,
    reason: "what a function does shows when it is called",
  },
  { where: /\.firstSample$/, values: /^-0$/, reason: "the first of them" },
  { where: /\.isTraining$/, values: /^true$/, reason: "it is one of the two" },
  {
    where: /^segments 1\.channels$/,
    values: /^an empty object$/,
    reason: "no site is given images",
  },
  {
    where: /^gaussNewton 1\.structuralDamping$/,
    values: /^(-0|0\.5|2\^\d+)$/,
    reason: "a size without an upper limit, 0 where it damps nothing",
  },
  {
    where: /^gaussNewton 1\.structuralDamping$/,
    values: /^-0$/,
    reason: "none",
  },
  {
    where: /^HiddenStates\.damp 0$/,
    values: /^(-0|-1|0\.5|2\^\d+)$/,
    reason: "a factor of any sign and size",
  },
  {
    where: /^(heavyBall|nesterov|movingAverage) 0$/,
    values: /^(-0|0\.5)$/,
    reason: "a fraction, 0 included",
  },
  {
    where: /(every|keep|3\.batchSize)$/,
    values: /^(2\^\d+|-0)$/,
    reason: "a count without an upper limit; the state is what needs memory",
  },
  {
    where: /(seed|\.stream|\.index|randomKey \d)$/,
    values: /^(-0|2\^31|2\^32)$/,
    reason: "a whole number of its range",
  },
  {
    where:
      /^(new Tensor 3|Tensor\.view 1|subset 1|randomBits 1|permutation 1|new Matrix [123]|new Matrix of patches 3)$/,
    values: /^-0$/,
    reason: "it counts as 0",
  },
  {
    where: /^Batches\.position = 0\.(epoch|index)$/,
    values: /^-0$/,
    reason: "it counts as 0",
  },
  {
    where:
      /^((new KroneckerGramOperator|kroneckerGram) 2|dataset 0\.scale|martensSparse 0\.bias|normal 2\.mean)$/,
    values: /^(-0|-1|0\.5|2\^\d+)$/,
    reason: "any finite number",
  },
  {
    where: /^uniform 2\.(minimum|maximum)$/,
    values: /^(-0|-1|0\.5|2\^\d+)$/,
    reason: "any finite numbers in order",
  },
  {
    where: /standardDeviation$/,
    values: /^(-0|0\.5|2\^\d+)$/,
    reason: "any finite number that is not negative",
  },
  {
    where: /^(train|fit)( of a run that is judged)? 0\.patience$/,
    values: /^2\^3[12]$/,
    reason: "a count without an upper limit",
  },
  { where: /timeBudgetMs$/, values: /^(Infinity|-0|0\.5|2\^\d+)$/, reason: "any time" },
  { where: /connections$/, values: BIG, reason: "a unit has at most the inputs that there are" },
  {
    where: /^dataset 0\.classes$/,
    values: /^(Infinity|2\^\d+)$/,
    reason: "classes without samples",
  },
  {
    where: /(readIdx 1|readNpy 1|Replaceable 1|\.remember 0|rememberReplaceable 0|checkModel 0)$/,
    values: /string$/,
    reason: "any name will do",
  },
  { where: /^CheckpointStore\.\w+ of memoryStore\(\) 0$/, values: /^a string$/, reason: "a name" },
  {
    where: /^(fileStore|opfsStore|cifar10) 0/,
    values: /^a string$/,
    reason: "a folder",
    dependsOnHost: true, // edge workers have none
  },
  { where: /^mnist 0\.(cache|url)$/, values: /string$/, reason: "a folder, an address" },
  {
    where: /^mnist 0\.(inputShape|signal)$/,
    values: /^(an empty array|an empty object|a foreign object|a proxy of a good one)$/,
    reason: "it is looked at when the files are there",
  },
  {
    where:
      /^(train|fit|evaluate|accumulate|curveFit|cg|minres|lsmr)\w*( of a (model|run that (resumes|is judged)))? \d\.signal$/,
    values: /^a proxy of a good one$/,
    reason: "a signal is asked whether it is aborted, nothing else",
  },
  {
    where: /^(cast|clone|digest|writeNpy|Scope\.\w+|Loss\.sample of \w+\(\)) 0$/,
    values: /^a tensor (of|without)/,
    reason: "a tensor of any shape and dtype",
  },
  {
    where: /^Scope\.\w+ 0$/,
    values: /^a (proxy of|disposed)/,
    reason: "whatever has dispose() is owned",
  },
  { where: /^(matrix|homogeneous|new Matrix) 0$/, values: /^a tensor/, reason: "any rows" },
  {
    where: /^new Matrix of patches 0$/,
    values: /^a tensor of another (rank|dtype)$/,
    reason: "as many elements, which images are",
  },
  { where: /^new Tensor 2$/, values: /^a tensor of another (rank|size)$/, reason: "a larger base" },
  {
    where:
      /^(cholesky|choleskySolve|CholeskyFactor\.solve|eigh|new CholeskyFactor|new Eigendecomposition) \d$/,
    values: /^a tensor/,
    reason: "another system that is a system too",
  },
  {
    where:
      /^(datasetFromTensors 0\.\w+|Dataset\.fill of \w+\(\) \d|Metric\.evaluate of \w+\(\) \d)$/,
    values: /^a tensor of another (dtype|size)$/,
    reason: "numbers are converted, and samples may be wider",
  },
  {
    where: /^Loss\.checkTarget of \w+\(\) 1$/,
    values: /^a tensor of another dtype$/,
    reason: "the outputs' dtype is not known here",
  },
  {
    where: /^Linearization\.(jvp|hvp) 0$/,
    values: /^a tensor of another rank$/,
    reason: "a tensor counts as the vector of its elements",
  },
  {
    where: /^(Model\.visitInputs|accumulate) 1$/,
    values: /^a function$/,
    reason: "it is called when the network has run",
  },
  {
    where: /^OptimizerState\.belongsTo 0$/,
    values: /^/,
    reason: "a question whose answer is no",
  },
  {
    where: /^(LinearOperator|LinearMap)\.|^(cg|minres|lsmr|direct|lanczos|kroneckerCg)(InPlace)? /,
    values: /^a tensor of another rank$/,
    reason: "a tensor counts as the vector of its elements",
  },
  { where: /^LinearMap\.\w+ 1$/, values: /^undefined$/, reason: "an operator makes the result" },
  {
    where: /^(LinearOperator\.(add|scale)|\w+Operator\.(power|dampedInverse)) 0$/,
    values: /^(-0|-1|0\.5|2\^\d+)$/,
    reason: "any finite number",
  },
  {
    where: /^((new )?(diagonal|DiagonalOperator)|denseOperator) 0$/,
    values: /^a tensor (of|without)/,
    reason: "its elements are a diagonal, it is a matrix",
  },
  {
    where: /(identityOperator 0|\d\.size|LsmrWorkspace 0\.\w+)$/,
    values: /^-0$/,
    reason: "it counts as 0",
  },
  {
    where: /^kroneckerCg 2\.(alpha|tolerance)$/,
    values: /^(-0|0\.5|2\^\d+)$/,
    reason: "a share, and as loose as one likes",
  },
  {
    where: /^(cg|minres|lsmr|martens|powerIteration)\w* \d\.(tolerance|absoluteTolerance)$/,
    values: /^(Infinity|-0|0\.5|2\^\d+)$/,
    reason: "as loose as one likes",
  },
  {
    where: /^lsmr\w* \d\.(damping|normalTolerance)$/,
    values: /^(-0|0\.5|2\^\d+)$/,
    reason: "any number that is not negative",
  },
  {
    where: /^martens 0\.(share|window|minimumIterations)$/,
    values: /^(-0|0\.5|2\^\d+)$/,
    reason: "limits that need not be whole",
  },
  {
    where: /(maxIterations|trustRadius|storedIterations)$/,
    values: /^(Infinity|-0|0\.5|2\^\d+)$/,
    reason: "as many, as far as one likes; what is too near is known when the start was measured",
  },
  {
    where: /^\w+InPlace 0$/,
    values: /^a proxy of a good one$/,
    reason: "a workspace only holds tensors, which the proxy hands out",
  },
  {
    where: /^gaussNewtonMatrix 1\.l2$/,
    values: /^(-0|0\.5|2\^\d+)$/,
    reason: "a size without an upper limit; 0 where it means none",
  },
  {
    where: /^curveFit(Async)? of a model 3$/,
    values: /^undefined$/,
    reason: "a model needs no options",
  },
  {
    where: /^curveFit(Async)?( of a model)? 3\.(tolerance|initialDamping)$/,
    values: /^(0\.5|2\^\d+)$/,
    reason: "a share, and a size without an upper limit",
  },
  {
    where: /^curveFit(Async)?( of a model)? 3\.acceleration$/,
    values: /^(-0|0\.5|2\^\d+)$/,
    reason: "sizes and a count without an upper limit; 0 where it means none",
  },
  { where: /^jacobian 1\.sample$/, values: /^-0$/, reason: "the number of the first sample" },
];

const used = new Set<Allowance>();

/** True when a bad value is a good one in this place after all; where its domain is told, only by its type. */
export function isAllowed(place: string, type: string, value: string, hasDomain = false): boolean {
  const matching = ALLOWANCES.filter(({ where, type: types = /^/, values }) =>
    (where === undefined || (!hasDomain && where.test(place))) &&
    types.test(type) && values.test(value)
  );
  for (const rule of matching) used.add(rule);
  return matching.length > 0;
}

/** Allowances that no case needed. */
export function unusedAllowances(): string[] {
  return ALLOWANCES.filter((rule) => !used.has(rule) && !rule.dependsOnHost)
    .map(({ where, values, reason }) => `${where} ${values}: ${reason}`);
}
