// Theorem 1 in the browser: the same construction as lemma.py and two_layer.py, on the points the reader has placed.
// Bokeh runs this with the names in scope that playground.py gives it as `scope`.

function theorem(points_x, points_y, m) {
  const n = points_x.length
  const order = Array.from(points_x.keys()).sort((i, j) => points_x[i] - points_x[j])
  const x = order.map((i) => points_x[i]), y = order.map((i) => points_y[i])
  const tie = x.findIndex((value, i) => i > 0 && value === x[i - 1])
  if (n === 0 || tie > 0) return {n, order, tie: tie > 0 ? tie : null}

  // Thresholds: at the fraction m of each gap; before the first point, of a gap as wide as the mean of the others.
  const before = (i) => (i > 0 ? x[i - 1] : x[0] - (n > 1 ? (x[n - 1] - x[0]) / (n - 1) : 1))
  const b = x.map((value, i) => {
    const threshold = before(i) + m * (value - before(i))
    return threshold < value ? Math.max(threshold, before(i)) : before(i)
  })

  // Slopes by the two running sums; T bounds them for all targets in [-1, 1].
  const s = [], w = []
  let norm = 0, T = 0
  for (let i = 0; i < n; i++) {
    const h = x[i] - b[i], rho = i > 0 ? (b[i] - x[i - 1]) / h : 0
    s.push((y[i] - (i > 0 ? y[i - 1] : 0)) / h - (i > 0 ? rho * s[i - 1] : 0))
    w.push(s[i] - (i > 0 ? s[i - 1] : 0))
    const next = (i > 0 ? 2 : 1) / h + rho * T
    norm = Math.max(norm, next + T)
    T = next
  }
  const c = (z) => b.reduce((sum, threshold, j) => sum + w[j] * Math.max(z - threshold, 0), 0)
  const eigenvalue = Math.min(...x.map((value, i) => value - b[i]))
  const error = Math.max(...x.map((value, i) => Math.abs(c(value) - y[i])))
  return {n, order, x, y, b, w, c, eigenvalue, norm, error, tie: null}
}

const FAR = 1e5  // a line to where nobody sees it; lines to much farther are not drawn at all

const digits = (value) => {
  const small = value === 0 || (Math.abs(value) >= 0.001 && Math.abs(value) < 10000)
  return small ? String(Number(value.toPrecision(3))) : value.toExponential(1).replace("e+", "e")
}

const net = theorem(points.data.x, points.data.y, margin.value)
const few = net.n <= 9  // so that numbers and names have room
for (const axis of axes) axis.major_label_text_alpha = axis.major_tick_line_alpha = few ? 1 : 0
if (net.tie || net.n === 0) {
  for (const source of [curve, thresholds, weights, matrix]) {
    source.data = Object.fromEntries(Object.keys(source.data).map((name) => [name, []]))
  }
}
if (net.tie) {
  report.text = `<p role="status">Points ${net.tie} and ${net.tie + 1} lie at the same place on the line. No function has two ` +
    "values there, and one value needs only one point: move one of them sideways.</p>"
} else if (net.n === 0) {
  report.text = '<p role="status">No points yet: add one.</p>'
} else {
  // The curve is straight between thresholds, so these and the ends are all it takes.
  const {x, y, b, w, c} = net
  const left = Math.min(plot.x_range.start, b[0] - 1), right = Math.max(plot.x_range.end, x[net.n - 1] + 1)
  const knots = [left, ...b, ...x, right].sort((p, q) => p - q)
  curve.data = {x: knots, y: knots.map((z) => Math.max(-FAR, Math.min(FAR, c(z))))}
  thresholds.data = {x: b}
  weights.data = {x: b.map((_, j) => String(j + 1)), w}
  weights_range.factors = b.map((_, j) => String(j + 1))

  const cells = {i: [], j: [], value: [], text: [], diagonal: []}
  const places = x.map((_, i) => String(i + 1))
  x.forEach((point, i) => b.forEach((threshold, j) => {
    if (j > i) return
    cells.i.push(places[i]); cells.j.push(places[j]); cells.value.push(point - threshold)
    cells.text.push(few ? (point - threshold).toFixed(2) : ""); cells.diagonal.push(i === j ? 2 : 0)
  }))
  rows_range.factors = places.slice().reverse()
  columns_range.factors = places
  colors.high = 1.6 * (x[net.n - 1] - b[0])
  matrix.data = cells

  const broken = !(net.error < 0.01 * Math.max(1, ...y.map(Math.abs)))
  report.text = '<div role="status"><dl>' + [
    ["points and hidden units, n", net.n],
    ["weights, 2n + d with d = 1", 2 * net.n + 1],
    ["smallest eigenvalue of A", digits(net.eigenvalue)],
    ["norm of A's inverse", digits(net.norm)],
    ["largest error at the points", (broken ? "<b>broken: </b>" : "") + digits(net.error)],
  ].map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("") + "</dl></div>"
}

// One point is chosen, a new one if there is; it has a ring, and the spinners show it.
const isNew = net.n === which.high + 1
which.high = Math.max(net.n, 1)
const [selected] = points.selected.indices
const chosen = isNew ? net.n - 1 : selected < net.n ? selected : net.order[Math.min(which.value, net.n) - 1]
if (chosen !== undefined) {
  if (chosen !== selected) points.selected.indices = [chosen]
  which.value = net.order.indexOf(chosen) + 1
  at_x.value = Number(points.data.x[chosen].toFixed(3))
  at_y.value = Number(points.data.y[chosen].toFixed(3))
}
