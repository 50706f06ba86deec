<%!
    from chameleon_migrations.commands.report.words import MARKS, code, plural, took

    def moment(time):
        return time.strftime("%Y-%m-%d %H:%M:%S %Z")
%>\
<%def name="open_check(check)">
<% state = report.mark(check) %>\
<li>${badge(state, MARKS[state])} <b>${check.title}</b>
% if check.found is None:
<p class="small">${check.needed}.</p>
% else:
<p>${check.failure}:</p>
% for line in check.found:
<div class="finding">${line}</div>
% endfor
<p class="remedy">${check.remedy}</p>
% endif
</li>
</%def>\
<%def name="badge(state, words)"><span class="badge ${state}">${words}</span></%def>\
<%def name="lane(line, row)">
<% known = row.at is not None and line.end is not None %>\
<svg role="img" class="lane" aria-label="${row.schema}: ${plural(len(row.tables), 'table')} at ${row.position or 'the position of the source'}">
<line class="rail" x1="0" x2="100%" y1="50%" y2="50%"/>
% for label in line.axis.labels[1:]:
<line class="file" x1="${label.left}%" x2="${label.left}%" y1="0" y2="100%"/>
% endfor
% if known and line.start is not None and row.at > line.start:
<line class="done" x1="${line.start}%" x2="${row.at}%" y1="50%" y2="50%"/>
% endif
% if known and line.end > row.at:
<line class="ahead" x1="${row.at}%" x2="${line.end}%" y1="50%" y2="50%"/>
% endif
% for edge in (line.start, line.end):
% if edge is not None:
<line class="edge" x1="${edge}%" x2="${edge}%" y1="15%" y2="85%"/>
% endif
% endfor
% if row.at is not None:
<circle cx="${row.at}%" cy="50%" r="5"/>
% endif
</svg>
</%def>\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${report.database}: catalogue ${report.status.version}</title>
<link rel="icon" href="data:,">
<style>
${css | n}</style>
</head>
<body>
<header>
<p class="eyebrow">replica catalogue of ${report.database}</p>
<h1>${report.headline}</h1>
${badge(report.state, report.verdict)}
% for line in report.notes:
<p class="note">${line}</p>
% endfor
% for line in report.kept:
<p class="kept">${line}</p>
% endfor
<dl class="figures">
% for name, value in report.figures:
<div><dt>${name}</dt><dd>${value}</dd></div>
% endfor
</dl>
</header>
<main>

<section aria-labelledby="flow">
<h2 id="flow">Old sources into new ones</h2>
% if not report.old:
<p>The 1.7 catalogue was dropped, and its sources with it.</p>
% else:
<p class="small wide">The more tables a source has, the wider its ribbon is.</p>
% endif
% for flow in report.flows:
<div class="flow${'' if flow.into else ' lost'}">
<ul class="old">
% for source in flow.old:
<li><div class="card"><strong>${source.name}</strong>
% for schema, destination in source.mappings.items():
<span class="pair">${schema} <span aria-label="into">&rarr;</span> ${destination}</span>
% endfor
<span class="small">${plural(source.tables, "table")}${f", {plural(source.pending_events, 'event')} pending" if source.pending_events else ""}</span>
<span class="small">${f"stopped at {source.resume_position}" if source.resume_position else "never initialised"}</span></div></li>
% endfor
% if not flow.old:
<li><div class="card empty">${"no old source" if report.old else "dropped"}</div></li>
% endif
</ul>
<svg class="ribbons" viewBox="0 0 100 100" preserveAspectRatio="none" role="img">
<title>${", ".join(source.name for source in flow.old) or "nothing"} into ${flow.into or "nowhere"}</title>
% for number, source in enumerate(flow.old):
<% y = (number + 0.5) / len(flow.old) * 100 %>\
<path d="M0 ${y} C50 ${y} 50 50 100 50" stroke-width="${min(18, 2 + source.tables ** 0.5)}"/>
% endfor
</svg>
<div class="card new">
% if flow.into is None:
<strong>nowhere</strong><span class="small">no <code>schema_mappings</code> of the configuration file has this pair of schemas</span>
% else:
<strong>${flow.into}</strong>
<% line = report.lines.get(flow.into) %>\
% if line and line.resume_position:
<span class="small">reads on from <b>${line.resume_position}</b></span>
% endif
% if line and line.high_watermark:
<span class="small">consistent at <b>${line.high_watermark}</b></span>
% endif
% if report.upgraded:
<% new = report.new[flow.into] %>\
<span class="small">${new.status}, ${"consistent" if new.consistent else "not consistent yet"}, ${plural(new.tables, "table")}</span>
% endif
% endif
</div>
</div>
% endfor
</section>

<section aria-labelledby="line">
<h2 id="line">Position of each table in the binlog</h2>
% if not report.time_lines:
<p>It is known once the checks hold.</p>
% elif report.status.tables:
<p class="legend"><span><i class="swatch done"></i> events that the table already has: ignored</span>
<span><i class="swatch ahead"></i> events to apply until the source is consistent</span>
<span><i class="swatch here"></i> position of the table</span>
<span><i class="swatch edge"></i> where the source reads on, and its high watermark</span></p>
% endif
% for line in report.time_lines:
<h3>${line.source} <span class="small">${plural(line.tables, "table")}</span></h3>
<p class="small">${f"Reads on from {line.resume_position}" if line.resume_position else "It has no position to read on from yet"}${f", consistent at {line.high_watermark}" if line.high_watermark else ""}.
% if len(line.axis.stretches) > 1:
Every binlog file with a position is drawn with the same width; offsets inside a file are to scale.
% endif
% if line.axis.left_out:
${plural(line.axis.left_out, "binlog file")} without a position ${"is" if line.axis.left_out == 1 else "are"} left out.
% endif
</p>
% if line.rows:
<div class="scroll" tabindex="0" role="region" aria-label="tables of ${line.source}">
<table class="lanes">
<thead><tr><th>table</th><th class="whole"><div class="axis">
% for label in line.axis.labels:
<span style="left:${label.left}%;width:${label.width}%" title="${label.text}">${label.text}</span>
% endfor
</div></th><th class="number">position</th></tr></thead>
<tbody>
% for row in line.rows:
<tr><td>
% if len(row.tables) == 1:
<span class="schema">${row.schema}.</span>${row.tables[0]}
% else:
<details><summary><span class="schema">${row.schema}</span> ${plural(len(row.tables), "table")}</summary>
<ul>
% for table in row.tables:
<li>${table}</li>
% endfor
</ul></details>
% endif
</td><td class="whole">${lane(line, row)}</td><td class="number" data-label="position">${row.position or "that of the source"}</td></tr>
% endfor
</tbody>
</table>
</div>
% endif
% endfor
</section>

<section aria-labelledby="replay">
<h2 id="replay">Pending events</h2>
% if report.upgrade:
<p class="small">The upgrade of ${moment(report.upgrade.started)} has replayed ${plural(report.upgrade.events_replayed, "pending event")}.</p>
% else:
<p class="small">The upgrade replays pending events: pg_chameleon has read them, and not applied them.</p>
% endif
% if report.old:
<% replayed = ("batches", "row events", "DDL events", "skipped") if report.upgrade else () %>\
<div class="scroll" tabindex="0" role="region" aria-label="pending events">
<table>
<thead><tr><th>old source</th>
% for heading in (*replayed, "batches pending", "events pending"):
<th class="number">${heading}</th>
% endfor
</tr></thead>
<tbody>
% for source in report.old:
<tr><td>${source.name}</td>
% for heading, number in zip(replayed, report.replayed_of(source)):
<td class="number" data-label="${heading}">${f"{number:,}"}</td>
% endfor
<td class="number" data-label="batches pending">${f"{source.pending_batches:,}"}</td>
<td class="number" data-label="events pending">${f"{source.pending_events:,}"}</td>
</tr>
% endfor
</tbody>
</table>
</div>
% endif
</section>

% if report.verified:
<section aria-labelledby="verified">
<h2 id="verified">Rows compared with MySQL</h2>
<p>${badge("ok" if report.verified.equal else "bad", "equal" if report.verified.equal else "not equal")} on ${moment(report.verified.made)}\
${f", in a sample of about {report.verified.sample:g} %" if report.verified.sample else ""}.</p>
% for lag in report.verified.lag:
<p class="note">The replica of ${lag.source} had applied events up to ${lag.applied or "an unknown position"}, and MySQL was at ${lag.mysql or "a position that it does not show"}.</p>
% endfor
<% compared = ("rows", "only in MySQL", "only in PostgreSQL", "different") %>\
<div class="scroll" tabindex="0" role="region" aria-label="rows compared with MySQL">
<table>
<thead><tr><th>table</th><th>result</th>
% for heading in compared:
<th class="number">${heading}</th>
% endfor
</tr></thead>
<tbody>
% for table in sorted(report.verified.tables, key=lambda table: table.equal):
<tr><td>${table.table}</td><td data-label="result">${badge("ok" if table.equal else "bad", "equal" if table.equal else "not equal")}
% for line in table.problems:
<div class="finding">${line}</div>
% endfor
% if table.unsettled:
<div class="finding">${plural(table.unsettled, "row")} changed all the time</div>
% endif
% for column in table.not_compared:
<div class="finding">not compared: ${column.column}: ${column.reason}</div>
% endfor
</td>
% for heading, number in zip(compared, (table.rows, table.only_in_mysql, table.only_in_postgres, table.different)):
<td class="number" data-label="${heading}">${f"{number:,}"}</td>
% endfor
</tr>
% endfor
</tbody>
</table>
</div>
</section>

% endif
<section aria-labelledby="checks">
<h2 id="checks">${"Checks of the upgrade" if report.ahead else "Checks of the downgrade to 1.7"}</h2>
<%
    open_checks = [check for check in report.checks if check.found != []]
    held = [check for check in report.checks if check.found == []]
%>\
% if not report.ahead:
<p class="small">${"A downgrade would not start now. That is no error: each check below gives its reason." if open_checks else "A downgrade would start."}</p>
% endif
% if open_checks:
<ul class="checks">
% for check in open_checks:
${open_check(check)}
% endfor
</ul>
% endif
% if held:
<details><summary>${badge("ok", plural(len(held), "check") + (" holds" if len(held) == 1 else " hold"))}</summary>
<ul class="held">
% for check in held:
<li title="${check.needed}">${check.title}</li>
% endfor
</ul>
</details>
% endif
% if report.ahead and report.ahead.examination.warnings:
<h3>Warnings</h3>
<ul class="warnings">
% for line in report.ahead.examination.warnings:
<li>${line}</li>
% endfor
</ul>
% endif
% if report.ahead:
<h3>Steps</h3>
<ul class="steps">
% for step in report.ahead.revisions:
<li><b>${step.revision}</b> ${code(step.doc) | n}</li>
% endfor
</ul>
% endif
</section>

<section aria-labelledby="history">
<h2 id="history">History</h2>
% if not report.attempts:
<p>There was no upgrade and no downgrade yet.</p>
% else:
<div class="scroll" tabindex="0" role="region" aria-label="history">
<table>
<thead><tr><th>started</th><th>from, to</th><th>outcome</th><th class="number">events replayed</th><th class="number">took</th><th></th></tr></thead>
<tbody>
% for attempt in report.attempts:
<% state = {"done": "ok", "started": "unknown"}.get(attempt.outcome, "bad") %>\
<tr><td class="moment">${moment(attempt.started)}</td><td class="route" data-label="from, to">${attempt.route}
% if len(attempt.steps) > 1:
<details><summary>${plural(len(attempt.steps), "step")}</summary>
<ul class="steps">
% for past in attempt.steps:
<li>${past.from_version} &rarr; ${past.to_version} <span class="small">${took(past.duration)}</span></li>
% endfor
</ul></details>
% endif
</td><td data-label="outcome">${badge(state, attempt.outcome)}
% if attempt.error:
<div class="finding">${attempt.error}</div>
% endif
</td><td class="number" data-label="events replayed">${f"{attempt.events_replayed:,}"}</td><td class="number" data-label="took">${took(attempt.duration)}</td><td class="bar">\
% if report.longest:
<svg role="img" aria-label="${took(attempt.duration)}"><rect width="${attempt.duration / report.longest * 100}%" height="100%" rx="2"/></svg>\
% endif
</td></tr>
% endfor
</tbody>
</table>
</div>
% endif
</section>
</main>
<footer>Made ${moment(report.made)} by chameleon-migrations ${report.package}; nothing was changed.</footer>
</body>
</html>
