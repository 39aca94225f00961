# Of the rows that test/bench/deadline has measured, a table: each operation with
# each index, before them the means of pausar and reabrir with a short pause and with a
# long one.  Ratios are to the first index.
BEGIN {
	mean["short pause, mean"] = "pausar" SUBSEP "reabrir"
	mean["long pause, mean"] = "pausar " SUBSEP "reabrir, 3 h later"
	name[1] = "short pause, mean"
	name[n = 2] = "long pause, mean"
}
{
	if (!($1 in seen) && $1 != "pausar ") { seen[$1] = 1; name[++n] = $1 }
	value[$1, $2, $3] = $4
	hot[$1, $2] += $7 - $5
	all[$1, $2] += $8 - $6
}
function figure(operation, variant, what,   two) {
	if (operation in mean) {
		split(mean[operation], two, SUBSEP)
		return (figure(two[1], variant, what) + figure(two[2], variant, what)) / 2
	}
	if (what == "instructions")
		return value[operation, variant, "instructions 2"] - value[operation, variant, "instructions 1"]
	return value[operation, variant, what]
}
function cell(operation, variant, what) {
	return sprintf("%12d %6.2f", figure(operation, variant, what), figure(operation, variant, what) / figure(operation, index_[1], what))
}
# of the updates, those that were HOT; a creation has none
function share(operation, variant,   two) {
	if (!(operation in mean)) return all[operation, variant] ? sprintf("%.1f", 100 * hot[operation, variant] / all[operation, variant]) : "-"
	split(mean[operation], two, SUBSEP)
	return sprintf("%.1f", 100 * (hot[two[1], variant] + hot[two[2], variant]) / (all[two[1], variant] + all[two[2], variant]))
}
END {
	m = split(variants, index_, " ")
	for (i = 1; i <= n; i++)
		for (j = 1; j <= m; j++)
			printf "%-20s %-10s %s %s %s %7s\n", (j == 1 ? name[i] : ""), index_[j],
				cell(name[i], index_[j], "instructions"), cell(name[i], index_[j], "images off"),
				cell(name[i], index_[j], "images on"), share(name[i], index_[j])
}
