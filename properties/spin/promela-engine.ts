/** The part of the C code of a Promela model that is the same for every model: look-up, renaming, and the report. */
export const engine = String.raw`
static int row, complete = 1, ready, byRow[1 << 24], byValue[1 << 20];
static int kept[propertyCount + 1];
static unsigned long broken[propertyCount + 1], missing;
static unsigned mixed(word key, unsigned table) {
  key = (key ^ (key >> 31) ^ (word)table * 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;
  return (unsigned)(key >> 32);
}
static unsigned rowMask, valueMask;
static void checkState(void);
static void checkStep(int violated);
static void tally(void) {
  int n;
  for (n = 0; n < propertyCount; n++) broken[n] += !kept[n];
}
static void report(void) {
  int n;
  for (n = 0; n < propertyCount; n++) printf("capif property %d broken %lu\n", n, broken[n]);
  printf("capif missing %lu\n", missing);
}
/* Before the first step: fills the tables, and checks the initial state, to which no step leads. */
static void prepare(void) {
  unsigned at; int n;
  ready = 1;
  atexit(report);
  for (rowMask = 1; rowMask < 2u * rowCount; rowMask *= 2);
  for (valueMask = 1; valueMask < 2u * valueCount; valueMask *= 2);
  rowMask--; valueMask--;
  if (rowMask >= 1u << 24 || valueMask >= 1u << 20) { printf("capif: too many rows\n"); exit(1); }
  for (n = 0; n < rowCount; n++) {
    for (at = mixed(rowKey[n], rowTable[n]) & rowMask; byRow[at]; at = (at + 1) & rowMask);
    byRow[at] = n + 1;
  }
  for (n = 0; n < valueCount; n++) {
    for (at = mixed(numbersOf[n], shapeOf[n]) & valueMask; byValue[at]; at = (at + 1) & valueMask);
    byValue[at] = n + 1;
  }
  for (n = 0; n < propertyCount; n++) kept[n] = 1;
  checkState();
  tally();
}
/* The row of a table for a key; -1 if our exploration never met the key: then the assertion "complete" fails. */
static int look(int table, word key) {
  unsigned at; int n;
  if (!ready) prepare();
  for (at = mixed(key, table) & rowMask; (n = byRow[at] - 1) >= 0; at = (at + 1) & rowMask)
    if (rowKey[n] == key && rowTable[n] == table) return n;
  missing++; complete = 0;
  return -1;
}
static int isRanked(unsigned used) { return (used & (used + 1)) == 0; }
/* The value in which each number is replaced by its rank among all numbers in use in the state. */
static int renamed(int value, unsigned used) {
  int shape = shapeOf[value], n, found;
  word from = numbersOf[value], to = 0;
  unsigned at;
  for (n = 0; n < countIn[shape]; n++) {
    int number = from >> (4 * n) & 15;
    unsigned inUse = revisionsIn[shape] >> n & 1 ? used >> 16 : used & 0xffff;
    to |= (word)__builtin_popcount(inUse & ((1u << number) - 1)) << (4 * n);
  }
  if (to == from) return value;
  for (at = mixed(to, shape) & valueMask; (found = byValue[at] - 1) >= 0; at = (at + 1) & valueMask)
    if (numbersOf[found] == to && shapeOf[found] == shape) return found;
  missing++; complete = 0;
  return value;
}
`;
