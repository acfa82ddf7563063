"""The `worksafety` command: a thin face on the Dagster assets, run in one process. Heavy imports wait until they are needed."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import datetime as dt
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from pipelines import __version__
from pipelines.progress import say


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code: 0 done, 1 nothing could be done, 2 wrong usage or configuration."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    from pipelines.jurisdiction import ConfigurationError
    from pipelines.reference import DeclarationError

    try:
        return options.command(options)
    except (ConfigurationError, DeclarationError) as error:
        say(f"配置有误 / configuration: {error}")
        return 2
    except RuntimeError as error:
        if type(error).__name__ != "WarehouseBusy":
            raise
        say(str(error))
        return 1
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="worksafety", description="安全生产统计：接收、核对、计算、发布 / work-safety statistics: receive, validate, compute, publish"
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, function, text: str, out: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=function)
        sub.add_argument("jurisdiction", type=Path, metavar="JURISDICTION_DIR", help="辖区文件夹 / jurisdiction folder")
        if out:
            sub.add_argument("--out", type=Path, help="输出文件夹，默认 build/<文件夹名> / output folder, by default build/<name>")
        return sub

    run = add("run", _run, "接收、核对、计算、发布、建站 / receive, validate, compute, release, build the site")
    run.add_argument("--period", metavar="P", help="发布哪个报告期，如 2015-02 / the reporting period to release")
    run.add_argument("--through", metavar="P", help="与 --period 合用：逐月发布到此期 / with --period: release every month up to this one")
    run.add_argument("--as-of", metavar="TS", help="按这一时点所知，如 2015-02-15 / as known at this time")
    run.add_argument("--latest-only", action="store_true", help="不补发以前各月，只按最新所知发布一次 / no release for the rounds before: one, as known last")
    run.add_argument("--engine", default="duckdb", help="计算引擎 / engine: duckdb")
    run.add_argument("--no-site", action="store_true", help="不建网站 / leave the website out")
    receive = add("receive", _receive, "只接收文件并打印结论 / take in files and print the verdicts")
    receive.add_argument("files", nargs="+", type=Path, metavar="FILE")
    status = add("status", _status, "谁报了什么、谁迟了、谁待更正 / who has sent what, who is late, what waits for correction")
    status.add_argument("--period", metavar="P", help="报告期，默认最新 / period, by default the newest")
    templates = add("templates", _templates, "空白表，每表每个填报单位一份 / blank workbooks, one for each form and submitter", out=False)
    templates.add_argument("--period", metavar="P", required=True,
                           help="报告期：2015-03 月报，2015Q1 季报，2015H1 半年报，2015 年报 / the period; it says which forms: monthly, quarterly, half-yearly, yearly")
    templates.add_argument("--out", type=Path, required=True, help="写到哪个文件夹，每个单位一个子文件夹 / the folder to write to, with a folder for each submitter")
    templates.add_argument("--form", metavar="F", nargs="+", action="extend", default=[], help="只要这些表，如 F02 F04 / only these forms")
    templates.add_argument("--region", metavar="R", nargs="+", action="extend", default=[],
                           help="只给这些单位，代码或名称 / only for these submitters, by code or name")
    explain = add("explain", _explain, "追溯一个数字到单元格 / walk a number back to its cells")
    explain.add_argument("table", metavar="TABLE", help="数据表，如 comparisons / a released table")
    explain.add_argument("keys", nargs="+", metavar="KEY=VALUE", help="如 region_id=360400 period=2015 indicator_id=deaths")
    explain.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    whatif = add("whatif", _whatif, "换一换分值、目标或数值再考核一次，看谁会变动 / score again with other points, targets or values: who would move")
    whatif.add_argument("--scheme", metavar="ID", help="只看这个方案 / only this scheme")
    whatif.add_argument("--period", metavar="P", help="只看这一考核期 / only this assessment period")
    whatif.add_argument("--points", metavar="ITEM=N", nargs="+", action="extend", default=[], help="条目的标准分，如 A1=20 / points of an item")
    whatif.add_argument("--set", metavar="R:METRIC=N", nargs="+", action="extend", default=[], dest="values",
                        help="某地区（* 为各地区）的实际或目标，如 360400:deaths=60 360400:deaths_target=70 / what a region (* for all) measured, or its target")
    whatif.add_argument("--deduct", metavar="R:ITEM=N", nargs="+", action="extend", default=[], help="评分单位对某条目共扣多少；分几期考核的方案须与 --period 合用 / what scorers take off an item in all; with --period where a scheme scores several")
    whatif.add_argument("--with", metavar="FILE", type=Path, dest="file", help="改用另一个方案文件评分，须与 --scheme 合用 / score by another scheme file; with --scheme")
    whatif.add_argument("--sensitivity", action="store_true", help="各条目权重减、增一成，等次有多稳 / how stable the grades are when weights change by a tenth")
    whatif.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    simulate = commands.add_parser("simulate", help="虚构一个省的报送文件 / a fictional province in submission files", description=(
        "虚构一个省：地区、每月每季的报送文件、它们所依据的真值（DIR/truth） / a fictional province: its regions, the files it sends month by month, "
        "and the truth they were made from, in DIR/truth"))
    simulate.set_defaults(command=_simulate)
    simulate.add_argument("--out", type=Path, required=True, metavar="DIR", help="写到哪个文件夹，即一个辖区文件夹 / the folder to write: a jurisdiction folder")
    simulate.add_argument("--counties", type=int, default=100, metavar="N", help="县的个数，默认 100 / counties, by default 100")
    simulate.add_argument("--zones", type=int, default=20, metavar="Z", help="功能区的个数，默认 20 / functional zones, by default 20")
    simulate.add_argument("--cities", type=int, default=11, metavar="C", help="市的个数，默认 11 / cities, by default 11")
    simulate.add_argument("--months", type=int, default=12, metavar="M", help="几个月，默认 12 / months, by default 12")
    simulate.add_argument("--start", default="2024-01", metavar="YYYY-MM", help="从哪个月起，默认 2024-01 / first month, by default 2024-01")
    simulate.add_argument("--seed", type=int, default=1, metavar="S", help="同一个数生成同样的字节，默认 1 / the same seed gives the same bytes, by default 1")
    simulate.add_argument("--forms", nargs="+", action="extend", default=[], metavar="F", help="只要这些表，如 F02 F04 / only these forms")
    simulate.add_argument("--mess", type=float, default=0.03, metavar="SHARE",
                          help="不整洁或有错的文件所占的份额，默认 0.03 / share of files that are untidy or wrong, by default 0.03")
    simulate.add_argument("--formats", default="xlsx,csv,ods,tsv", metavar="LIST", help="文件格式，默认 xlsx,csv,ods,tsv / formats of the files")
    serve = commands.add_parser("serve", help="在本机浏览网站 / serve the built site on loopback")
    serve.set_defaults(command=_serve)
    serve.add_argument("site", nargs="?", type=Path, default=Path("build/jiangxi/site"), metavar="SITE_DIR")
    serve.add_argument("--port", type=int, default=8000)
    return parser


def _out(options: argparse.Namespace) -> Path:
    return (options.out or Path("build") / options.jurisdiction.resolve().name).resolve()


def _moment(text: str | None, jurisdiction) -> dt.datetime | None:
    from pipelines.jurisdiction import ConfigurationError, parse_time

    if not text:
        return None
    try:
        return parse_time(text, jurisdiction.zone).astimezone(dt.UTC).replace(tzinfo=None)
    except ValueError as error:
        raise ConfigurationError(f"--as-of {text}: 不是日期或时间 / not a date or time") from error


def _period(text: str | None, option: str) -> None:
    from pipelines.jurisdiction import ConfigurationError
    from transforms import periods

    if text:
        try:
            periods.parse(text)
        except ValueError as error:
            raise ConfigurationError(f"{option} {text}: 报告期写法如 2015-02 / write a period like 2015-02") from error


# --- run --------------------------------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    from pipelines import jurisdiction as jurisdictions
    from pipelines.engines import corrections
    from pipelines.engines.warehouse import Warehouse
    from pipelines.publish import plan as plans
    from pipelines.publish import scheme_changes
    from pipelines.publish.release import point_latest

    if options.engine != "duckdb":
        say(f"--engine {options.engine}: 目前只有 duckdb / only duckdb is built so far")
        return 2
    jurisdiction = jurisdictions.load(options.jurisdiction)
    _period(options.period, "--period")
    _period(options.through, "--through")
    as_of = _moment(options.as_of, jurisdiction)
    out = _out(options)
    releases = out / "releases"
    point_latest(releases)
    runner = _Runner(options, jurisdiction, out)
    taken = runner.receive() if _new_files(jurisdiction, out) else 0
    with Warehouse(out / "warehouse.duckdb") as warehouse:
        warehouse.ensure_form_tables(jurisdiction.reference.forms.values())
        jurisdictions.not_in_the_future(jurisdiction, dt.datetime.now(dt.UTC))
        corrections.targets(warehouse, jurisdiction)
        todo = plans.due(jurisdiction, warehouse, releases, options.period, options.through, as_of, options.latest_only)
    for number, plan in enumerate(todo, start=1):
        before = plans.existing(releases)
        say(f"[{number}/{len(todo)}] 发布 / release {plan.label}  截至 / as of {plan.as_of:%Y-%m-%d}")
        if not runner.release(plan):
            runner.receipts()
            return 1
        for line in scheme_changes.told(releases / plans.existing(releases)[-1]["release"], releases / before[-1]["release"] if before else None):
            print(line)
    runner.receipts(todo[-1] if todo else None)
    made = plans.existing(releases)
    if not made:
        say("没有可发布的内容：没有被接收的文件 / nothing to release: no file was accepted")
        say(f"回执 / receipts: {out / 'receipts'}")
        return 1
    if not options.no_site:
        runner.site()
    say(f"新收文件 / files taken in: {taken}   新版本 / new releases: {len(todo)}")
    print(f"网站 / site:      {out / 'site' / 'index.html'}" if not options.no_site else "网站 / site:      --no-site")
    print(f"数据 / release:   {releases / made[-1]['release']}")
    print(f"回执 / receipts:  {out / 'receipts'}")
    return 0


def _new_files(jurisdiction, out: Path) -> bool:
    from pipelines.engines.warehouse import Warehouse
    from pipelines.intake import ledger

    if not (out / "warehouse.duckdb").exists():
        return True
    with Warehouse(out / "warehouse.duckdb") as warehouse:
        return bool(ledger.unknown(warehouse, ledger.discover(jurisdiction)))


class _Runner:
    """Executes the Dagster job in this process, with a persistent instance so that `make ui` shows the runs and their checks."""

    def __init__(self, options: argparse.Namespace, jurisdiction, out: Path):
        self.options, self.jurisdiction, self.out = options, jurisdiction, out
        self.home = Path(os.environ.get("DAGSTER_HOME") or (out / "dagster" if options.out else out.parent / "dagster")).resolve()
        self._instance = None

    def _history(self):
        """The Dagster instance that remembers the runs, made on first use in `self.home`."""
        os.environ["DAGSTER_HOME"] = str(self.home)
        os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
        import dagster as dg

        self.home.mkdir(parents=True, exist_ok=True)
        settings = self.home / "dagster.yaml"
        if not settings.exists():
            settings.write_bytes((Path(__file__).parent / "dagster.yaml").read_bytes())
        return dg.DagsterInstance.get()

    def _execute(self, assets: Sequence[str], partition: str | None = None, **fields) -> bool:
        import dagster as dg

        from pipelines.definitions import defs

        if self._instance is None:
            self._instance = self._history()
            self._job = defs.resolve_job_def("monthly_release")
        road = {"folder": str(self.jurisdiction.folder), "out": str(self.out), **fields}
        result = self._job.execute_in_process(
            asset_selection=[dg.AssetKey(name) for name in assets],
            partition_key=partition,
            instance=self._instance,
            raise_on_error=False,
            run_config={"resources": {"road": {"config": road}}, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        for event in result.all_events:
            if event.is_step_failure:
                data = event.step_failure_data
                say(f"{event.step_key}: {data.error.message.strip() if data.error else ''}"[:4000])
                cause = data.error.cause if data.error else None
                if cause:
                    say(cause.message.strip()[:4000])
        for check in result.get_asset_check_evaluations():
            if not check.passed and check.severity.value == "ERROR":
                say(f"{check.check_name}: 未通过 / failed: {check.metadata}")
        return result.success

    def receive(self, files: Sequence[Path] = ()) -> int:
        from pipelines.engines.warehouse import Warehouse

        with Warehouse(self.out / "warehouse.duckdb") as warehouse:
            before = warehouse.con.execute("SELECT count(*) FROM ledger").fetchone()[0]
        if not self._execute(["ledger"], files=[str(f.resolve()) for f in files]):
            raise SystemExit(1)
        with Warehouse(self.out / "warehouse.duckdb") as warehouse:
            return warehouse.con.execute("SELECT count(*) FROM ledger").fetchone()[0] - before

    def release(self, plan) -> bool:
        from pipelines.assets.tables import PUBLISHED

        tables = [table for made in PUBLISHED.values() for table in made]
        return self._execute([*tables, "release"], plan.label, label=plan.label, through=plan.through, as_of=plan.as_of.isoformat(),
                             inputs_sha256=plan.inputs_sha256)

    def receipts(self, plan=None) -> None:
        """Receipts that say what is known now, unless they do. `plan`: the release that has just been made."""
        digest, files = self._receipts_digest()
        stamp, folder = self.out / "work" / "receipts.sha256", self.out / "receipts"
        written = sum(name.endswith(".json") for name in os.listdir(folder)) if folder.is_dir() else 0
        if not files or written >= files and stamp.exists() and stamp.read_text() == digest:
            return
        fields = {"label": plan.label, "through": plan.through, "as_of": plan.as_of.isoformat()} if plan else {}
        if not self._execute(["receipts"], **fields):
            raise SystemExit(1)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)

    def _receipts_digest(self) -> tuple[str, int]:
        """What the receipts are made from, and how many there should be."""
        from pipelines.engines.warehouse import Warehouse
        from pipelines.intake import receipt
        from pipelines.publish import plan as plans

        with Warehouse(self.out / "warehouse.duckdb") as warehouse:
            made_from = plans.fingerprint(self.jurisdiction, warehouse, f"receipts {receipt.FORMAT}", plans.NO_LIMIT, dt.datetime(9999, 1, 1))
            answers, files = warehouse.con.execute("SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM ledger)").fetchone()
        return f"{made_from} {answers}", files

    def site(self) -> None:
        stamp = self.out / "work" / "site.sha256"
        digest = self._site_digest()
        if (self.out / "site" / "index.html").exists() and stamp.exists() and stamp.read_text() == digest:
            return
        say("建站 / building the site")
        if not self._execute(["site"]):
            raise SystemExit(1)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)

    def _site_digest(self) -> str:
        root = Path(__file__).resolve().parent.parent
        total = hashlib.sha256((self.out / "releases" / "latest" / "manifest.json").read_bytes())
        for path in sorted([*(root / "site").rglob("*"), *(root / "pipelines" / "publish").glob("*.py")]):
            if path.is_file() and "__pycache__" not in path.parts:
                total.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
        return total.hexdigest()


# --- the other commands -----------------------------------------------------------------------------------------------


def _receive(options: argparse.Namespace) -> int:
    from pipelines import jurisdiction as jurisdictions
    from pipelines.engines.warehouse import Warehouse
    from pipelines.intake import ledger
    from pipelines.intake.receipt import VERDICTS

    jurisdiction = jurisdictions.load(options.jurisdiction)
    missing = [f for f in options.files if not f.is_file()]
    for path in missing:
        say(f"{path}: 没有这个文件 / no such file")
    files = [f for f in options.files if f.is_file()]
    if not files:
        return 2
    out = _out(options)
    runner = _Runner(options, jurisdiction, out)
    runner.receive(files)
    runner.receipts()
    bad = bool(missing)
    with Warehouse(out / "warehouse.duckdb") as warehouse:
        replies = dict(warehouse.con.execute("SELECT file_sha256, submission_id FROM answer_files").fetchall())
        answered = dict(warehouse.con.execute("SELECT file_sha256, count(*) FROM answers GROUP BY file_sha256").fetchall())
    for path in files:
        digest = ledger.sha256(path)
        if digest in replies:
            print(f"{path.name}: 收到答复 {answered.get(digest, 0)} 条 / answers taken in  [{replies[digest]}]")
        written = out / "receipts" / f"{digest[:16]}.json"
        if not written.exists():
            continue
        receipt = json.loads(written.read_text(encoding="utf-8"))
        zh, en = VERDICTS[receipt["verdict"]]
        bad |= receipt["verdict"] == "rejected"
        print(f"{path.name}: {zh} / {en}  [{receipt['submission_id']}]  错误 / errors {receipt['errors']}  警告 / warnings {receipt['warnings']}")
        for finding in receipt["findings"]:
            if finding["state"] == "open" and finding["severity"] != "info":
                place = "!".join(x for x in (finding["sheet"], finding["cell"]) if x)
                print(f"  {finding['severity']} {place}: {finding['message_zh']} / {finding['message_en']}")
    print(f"回执 / receipts: {out / 'receipts'}")
    return 1 if bad else 0


def _status(options: argparse.Namespace) -> int:
    from pipelines import jurisdiction as jurisdictions
    from pipelines import status, status_page, status_text

    jurisdiction = jurisdictions.load(options.jurisdiction)
    _period(options.period, "--period")
    out = _out(options)
    if not (out / "warehouse.duckdb").exists():
        say(f"{out}: 还没有接收过文件，请先运行 worksafety run / nothing received yet; run `worksafety run` first")
        return 1
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    overview = status.collect(jurisdiction, out, options.period, now)
    status_text.show(overview, jurisdiction)
    for path in status_page.write(overview, jurisdiction, out / "status", now):
        print(path)
    return 0


def _explain(options: argparse.Namespace) -> int:
    from pipelines import explain

    out = _out(options)
    if not (out / "releases" / "latest").exists():
        say(f"{out}: 还没有发布，请先运行 worksafety run / no release yet; run `worksafety run` first")
        return 1
    return explain.show(out, options.table, options.keys, as_json=options.json)


def _whatif(options: argparse.Namespace) -> int:
    from pipelines import jurisdiction as jurisdictions
    from pipelines import whatif
    from pipelines.jurisdiction import ConfigurationError
    from pipelines.schemes import WrongScheme

    jurisdiction = jurisdictions.load(options.jurisdiction)
    change = whatif.parse(options.points, options.values, options.deduct, options.file)
    if options.file and not options.scheme:
        raise ConfigurationError("--with 要与 --scheme 合用 / --with needs --scheme")
    if not change and not options.sensitivity:
        say("没有要改的：请写 --points、--set、--deduct、--with 或 --sensitivity / nothing to change: write --points, --set, --deduct, --with or --sensitivity")
        return 2
    out = _out(options)
    if not (out / "warehouse.duckdb").exists():
        say(f"{out}: 还没有接收过文件，请先运行 worksafety run / nothing received yet; run `worksafety run` first")
        return 1
    try:
        return whatif.show(out, jurisdiction, change, options.scheme, options.period, options.sensitivity, options.json)
    except WrongScheme as error:
        raise ConfigurationError(str(error)) from error


def _simulate(options: argparse.Namespace) -> int:
    from pipelines.simulate import command

    plan = command.Plan(options.counties, options.zones, options.cities, options.months, options.start, options.seed, tuple(options.forms), options.mess,
                        tuple(name for name in options.formats.split(",") if name))
    try:
        made = command.simulate(plan, options.out)
    except FileExistsError as error:
        say(f"{error}: 文件夹里已有别的内容 / the folder holds something else")
        return 2
    except ValueError as error:
        say(f"simulate: {error}")
        return 2
    for name, number in made.messy.items():
        say(f"  {number:4} {name}")
    print(f"文件 / files:     {made.files:,}（{made.bytes / 2**20:,.0f} MiB）  不整洁或有错 / untidy or wrong: {sum(made.messy.values()):,}")
    print(f"数字 / figures:   {made.cells:,}  应报出的问题 / findings to be raised: {made.findings:,}")
    print(f"辖区 / folder:    {options.out}")
    print(f"真值 / truth:     {options.out / 'truth'}")
    return 0


def _templates(options: argparse.Namespace) -> int:
    from pipelines import jurisdiction as jurisdictions
    from pipelines.intake import templates
    from pipelines.progress import bar

    jurisdiction = jurisdictions.load(options.jurisdiction)
    period, blanks = templates.plan(jurisdiction, options.period, options.form, options.region)
    if not blanks:
        say(f"{period}: 没有要报的表或填报单位 / no form or submitter for it")
        return 1
    with bar("空白表 / templates") as step:
        kept = templates.write(jurisdiction, period, blanks, options.out, step)
    for path in kept:
        say(f"{path}: 已有内容不同的文件，未覆盖；请移走或换一个 --out / is there with other content and was kept; move it away or take another --out")
    forms = dict.fromkeys(blank.form.id for blank in blanks)
    senders = {blank.region.region_id for blank in blanks}
    print(f"空白表 / templates: {len(blanks) - len(kept)}   表 / forms: {', '.join(forms)}   填报单位 / submitters: {len(senders)}   {options.out.resolve()}")
    return 1 if kept else 0


def _serve(options: argparse.Namespace) -> int:
    from pipelines import serve

    if not (options.site / "index.html").exists():
        say(f"{options.site}: 没有网站，请先运行 worksafety run / no site here; run `worksafety run` first")
        return 1
    return serve.serve(options.site, options.port)


def console() -> NoReturn:
    """The command as a process of its own."""
    leave(main())


def leave(code: int) -> NoReturn:
    """End the process. All that was stored is closed by now: to take apart a million objects of the libraries, one by one, would take a second."""
    atexit._run_exitfuncs()
    with contextlib.suppress(BrokenPipeError):  # whoever read along has gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    console()
