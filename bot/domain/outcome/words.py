"""The words that the outcome gate knows: which way verbs point, which nouns should fall, which measure nothing."""

import re
from dataclasses import dataclass
from enum import Enum, auto


def word_list(text: str) -> list[str]:
    """Words in their order, written as they are read."""
    return text.split()


def word_set(text: str) -> frozenset[str]:
    """A set of words, written as they are read."""
    return frozenset(text.split())


class Sense(Enum):
    """What a verb does with a metric."""

    DOWN = auto()
    UP = auto()
    BETTER = auto()  # improve: down or up, whichever is good for the noun
    FASTER = auto()  # speed up: the time of what follows goes down
    KEEP = auto()
    REACH = auto()  # the number stands beside the noun: "reach 98 % on-time delivery"
    MOVE = auto()  # the numbers tell the way: "bring … down to 7", "take … from 5 to 3"


@dataclass(frozen=True)
class Verb:
    """One form of a verb: "cuts" of cut."""

    base: str
    sense: Sense
    past: bool = False
    nounlike: bool = False  # the same form is a noun: "a cut", "falls", "savings"


def forms(base: str) -> dict[str, bool]:
    """The regular forms of a verb as {form: whether it is a past form}."""
    stem = base.removesuffix("e")
    if re.search(r"[^aeiou][aeiou][bdgmpt]$", base) and base not in {
        "limit",
        "deliver",
        "benefit",
        "prevent",
        "develop",
    }:
        stem = base + base[-1]
    if re.search(r"[^aeiou]y$", base):
        return {base: False, base[:-1] + "ies": False, base[:-1] + "ied": True, base + "ing": False}
    third = base + ("es" if re.search(r"(?:s|x|z|ch|sh)$", base) else "s")
    return {base: False, third: False, stem + "ed": True, stem + "ing": False}


_BASES = {
    Sense.DOWN: "reduce lower decrease shorten shrink minimise minimize drop trim slash shave knock curb lessen diminish decline save halve quarter"
    " compress mitigate alleviate ease eliminate curtail squeeze dampen limit avoid prevent abate cap",
    Sense.UP: "increase raise boost double triple treble quadruple lift expand maximise maximize gain climb elevate multiply add"
    " extend uplift jump",
    Sense.BETTER: "improve enhance optimise optimize strengthen advance",
    Sense.FASTER: "accelerate speed expedite hasten",
    Sense.KEEP: "stay maintain remain sustain preserve",
    Sense.REACH: "reach achieve attain ensure secure deliver accomplish realise realize obtain guarantee yield generate",
    Sense.MOVE: "move change turn shift push",
}
_IRREGULAR = {
    Sense.DOWN: "cut cuts cutting; fall falls falling fallen fell+; go goes going gone; come comes coming; sink sinks sinking sank+ sunk+",
    Sense.UP: "grow grows growing grew+ grown+; rise rises rising rose+ risen+",
    Sense.KEEP: "keep keeps keeping kept+; hold holds holding held+",
    Sense.REACH: "hit hits hitting; have has having; get gets getting got+; meet meets meeting met+; win wins winning won+",
    Sense.MOVE: "bring brings bringing brought+; take takes taking took+; drive drives driving drove+ driven+; lead leads leading led+",
}
_NOUNLIKE = word_set(
    "cut cuts drop drops fall falls rise rises increase increases decrease decreases decline declines "
    "boost gain gains lift lifts stay stays hold hit limit limits double triple quarter quarters lead "
    "leads change changes jump move moves lower drive drives advance advances saving reach ease speed "
    "turn turns shift shifts push yield yields meeting meetings hits trim drop-off building go have has "
    "get gets take climb uplift uplifts cap caps"
)

VERBS: dict[str, Verb] = {}
for _sense, _words in _BASES.items():
    for _base in _words.split():
        for _form, _past in forms(_base).items():
            VERBS[_form] = Verb(_base, _sense, _past, _form in _NOUNLIKE)
for _sense, _rows in _IRREGULAR.items():
    for _row in _rows.split(";"):
        _base = _row.split()[0]
        for _form in _row.split():
            VERBS[_form.rstrip("+")] = Verb(
                _base, _sense, _form.endswith("+"), _form.rstrip("+") in _NOUNLIKE
            )
# "go down", "come down" and "sink" need their particle or a number; alone "go" says nothing.
for _form in ("go", "goes", "going", "gone", "come", "comes", "coming"):
    VERBS[_form] = Verb(VERBS[_form].base, Sense.MOVE, past=False, nounlike=True)
for _form in ("remaining", "lasting"):
    VERBS.pop(_form, None)  # adjectives far more often than verbs
# "free up 300 hours" and "slow down" point one way only with their particle, which is checked where they are read.
for _form in ("free", "frees", "freeing", "freed"):
    VERBS[_form] = Verb("free", Sense.DOWN, _form == "freed", nounlike=True)

# How much a verb says by itself, in percent of the value that it starts from.
MULTIPLES = {"halve": 50, "quarter": 75, "double": 100, "triple": 200, "treble": 200, "quadruple": 300}

# "Costs fall by 15 %": what stands before them is what moves.
MOVES_BY_ITSELF = word_set("fall drop rise grow decline climb sink shrink jump")

# Verbs long enough for a typo to be recognised without catching another word.
TYPO_SAFE = tuple(
    form
    for form, verb in VERBS.items()
    if verb.base
    in word_set(
        "reduce increase decrease improve shorten achieve accelerate minimise double lower raise boost"
    )
    and len(form) >= 5
)

NOUNS_DOWN = word_set(
    "reduction reductions decrease decreases cut cuts drop drops fall falls decline declines saving "
    "savings shrinkage"
)
NOUNS_UP = word_set(
    "increase increases growth rise rises gain gains uplift boost lift jump improvement improvements "
    "acceleration"
)
COMPARATIVES = {
    **dict.fromkeys(word_list("fewer less lower smaller shorter cheaper leaner"), Sense.DOWN),
    **dict.fromkeys(word_list("more higher greater larger bigger longer additional extra"), Sense.UP),
    **dict.fromkeys(["faster", "quicker", "sooner"], Sense.FASTER),
    **dict.fromkeys(["better"], Sense.BETTER),
}

EXPLORE = set().union(
    *(
        forms(base)
        for base in word_list(
            "explore investigate examine assess discover brainstorm experiment evaluate research study"
        )
    )
) | word_set("see find learn understand try play look consider think know discuss ideate")
AMBITION = set().union(
    *(
        forms(base)
        for base in word_list(
            "leverage embrace harness unlock transform empower enable reimagine modernise modernize innovate"
        )
    )
) | word_set("become becomes becoming be stay")
OUTPUT = set().union(
    *(
        forms(base)
        for base in word_list(
            "implement deploy launch introduce install integrate create develop design establish "
            "migrate prototype configure release digitise digitize digitalise automate adopt construct "
            "connect pilot publish"
        )
    )
) | word_set(
    "build builds building built roll rolls rolling rolled set sets setting setup ship ships shipping rollout"
)
# "Implementation of a classifier": the same deed as a noun.
OUTPUT_NOUNS = word_set(
    "implementation deployment introduction development creation integration installation launch migration "
    "establishment adoption construction"
)
SOFT_OUTPUT = set().union(
    *(
        forms(base)
        for base in word_list(
            "provide offer produce supply procure purchase implement deliver finish complete finalise finalize move shift"
        )
    )
) | word_set("buy buys give gives get have test")
# "Answer 90 % of calls within 30 seconds": the share of what is done is the metric.
DEEDS = dict(
    (
        *(
            (b, next(f for f, p in forms(b).items() if p))
            for b in word_list(
                "answer resolve process handle close complete settle automate digitise digitize approve "
                "clear ship deliver repair treat serve detect prevent book assign classify fulfil return "
                "recover reclaim recoup convert retain renew review inspect recycle collect register publish "
                "flag identify respond reply finish file prepare issue draft"
            )
        ),
        ("pay", "paid"),
        ("spot", "spotted"),
        ("send", "sent"),
        ("sell", "sold"),
        ("catch", "caught"),
        ("find", "found"),
        ("make", "made"),
        ("fill", "filled"),
        ("respond to", "responded to"),
    )
)
TOOLS = word_set(
    "chatbot chatbots bot bots tool tools dashboard dashboards platform platforms assistant assistants "
    "app apps system systems model models solution solutions portal agent copilot interface pipeline lake "
    "prototype mvp poc software application capability capabilities engine website database plugin api "
    "llm gpt module robot robots rollout migration proof-of-concept"
)

_BAD = (
    "time times cost costs expense expenses error errors mistake mistakes defect defects fault faults failure failures churn complaint"
    " complaints waste delay delays downtime outage outages incident incidents accident accidents injury injuries turnaround latency backlog"
    " backlogs overtime rework returns refunds fraud losses loss scrap emissions absenteeism absence absences sickness attrition no-shows"
    " duration durations stops stoppages breakdowns escalations errands workload effort burden duplicates overstock stock-outs"
    " stockouts shrinkage lead-time leadtime violations breaches infections readmissions mortality deaths falls cancellations mispicks"
    " misroutes shortages penalties fines chargebacks disputes debt arrears vacancies bugs crashes leakage leaks co2 consumption"
    " queue queues cycle-time spoilage damage damages dropouts drop-outs abandonment risk risks spam bounces tardiness noise"
    " redundancies dso bottlenecks misdiagnoses theft thefts exceptions wait waits waiting"
)
_GOOD = (
    "revenue revenues sales satisfaction conversion conversions retention margin margins profit profits income throughput productivity quality"
    " availability uptime nps csat yield yields coverage accuracy savings loyalty growth utilisation utilization reliability punctuality"
    " compliance engagement renewals resolution speed capacity success safety roi ebit ebitda turnover-rate efficiency adherence score scores"
    " ratings rating donations enrolments enrollments graduation"
)
FALLS, RISES = set(_BAD.split()), set(_GOOD.split()) - {"score", "scores"}
# A bad noun dealt with is good news: "complaints resolved on first contact", "detected fraud".
DEALT_WITH = word_set(
    "resolved closed answered detected prevented avoided handled fixed solved processed caught found "
    "identified cleared settled checked reviewed approved detection prevention avoidance resolution recovery reduction savings "
    "saved between flagged spotted recovered collected"
)
# Measured in percent by nature: "by 15 %" may mean percentage points.
RATES = word_set(
    "rate rates churn conversion conversions share shares percentage proportion ratio ratios margin "
    "margins quota utilisation utilization occupancy attrition absenteeism retention availability uptime "
    "yield yields penetration coverage punctuality adherence accuracy probability likelihood percent"
)
NOT_RATES = re.compile(
    r"\b(?:hourly|daily|day|interest|exchange|frame|bit|sampling|tax|room|heart)\s+rates?\b"
)

# Nouns that measure nothing until somebody says how. The second set is measured often enough for a number to do.
VAGUE = word_set(
    "experience experiences efficiency efficiencies productivity culture effectiveness innovation "
    "collaboration synergies synergy agility transparency value awareness communication communications "
    "knowledge insight insights understanding excellence competitiveness sustainability resilience trust "
    "reputation service services operations operation processes process workflow workflows outcomes "
    "outcome impact impacts performance decision-making decisions decision maturity digitalisation "
    "digitalization transformation mindset capability capabilities quality creativity flexibility support "
    "visibility cooperation teamwork alignment empowerment modernisation happiness wellbeing well-being "
    "management analysis planning access journey readiness scalability interoperability usability "
    "expertise skills skill strategy security governance relationships results health care environment "
    "ability abilities potential burden complexity consistency clarity engagement motivation confidence "
    "relevance integrity timeliness responsiveness safety morale loyalty supply-chain"
)
MEASURABLE_IF_NUMBERED = word_set("satisfaction compliance reliability")
GENERIC = word_set(
    "cost costs time times expenses expense effort efforts hours money spend spending resources"
)
COUNTED = word_set(
    "number numbers count counts amount volume total share rate percentage proportion quantity frequency"
)

MODEL_WORD = re.compile(
    r"\b(?:models?|validation|test\s?sets?|training\s(?:set|data)|hold-?out|f1|f-1|f-score|bleu|rouge|auc|auroc|roc|perplexity"
    r"|algorithms?|classifiers?|neural|benchmarks?|map@\d+|true[\s-]positive|llms?|embeddings?|inference|hallucinations?)\b"
)
MODEL_QUALITY = re.compile(
    r"\b(?:accurac\w+|error\srates?|loss|scores?|performance|quality|sensitivity|specificity|(?:false|true)[\s-](?:positives?|negatives?)|f1|f-1|f-score|bleu|rouge|auc|auroc|perplexity|true[\s-]positive"
    r"|correct\w*|rmse|mae|r\^?2|latency|prediction|robustness|explainability)\b"
)
# Precision and recall alone are model words, except where they belong to a trade.
MODEL_ALONE = re.compile(
    r"\b(?:f1|f-1|f-score|bleu|rouge(?:-\w+)?|auc|auroc|perplexity|hallucinations?(?:\srate)?|(?:training|validation)\sloss"
    r"|precision(?!\s(?:agriculture|farming|medicine|machining|machined|engineering|parts|tools|mechanics|manufacturing|oncology|dosing|cutting))"
    r"|(?<!product\s)(?<!vehicle\s)(?<!drug\s)(?<!food\s)(?<!safety\s)(?<!device\s)(?<!batch\s)(?<!market\s)(?<!brand\s)(?<!supplier\s)(?<!ad\s)recall"
    r"(?!\s(?:campaign|notice|cost|time|letter|rate|action|event)s?))\b"
)
VANITY = re.compile(
    r"\b(?:pilots|pilot\sprojects|prompts|pocs?|proofs?\sof\sconcepts?|use\scases|hackathons?|workshops?|trainings|training\ssessions?|licen[cs]es"
    r"|(?:ai|llm|genai|ml)\s(?:projects|tools|initiatives|experiments|models|users|ideas|agents|adoption|usage|champions|courses?|features|solutions|apps)"
    r"|(?:copilot|chatbot|chatgpt|bot|assistant|tool|app)\s(?:users?|usage|adoption|logins|licen[cs]es|sessions|queries|seats|conversations|chats|interactions)"
    r"|(?:trained|deployed|live|productive|custom|fine-tuned)\s(?:ai\s|ml\s|machine\slearning\s)?(?:models|algorithms|agents|bots|chatbots|assistants|copilots)"
    r"|(?:number|count)\sof\s(?:automated\s(?:workflows|processes|flows)|automations|(?:ai\s|ml\s|machine\slearning\s|prediction\s|predictive\s)?(?:models|algorithms|chatbots|bots|copilots|dashboards)(?!\s(?:sold|shipped|produced|assembled|repaired)))"
    r"|users\s(?:trained|onboarded)|(?:users|people|employees|staff|colleagues|managers|teams)\s(?:using|(?:to\s)?(?:use|adopt)|on|of|with|trained\s(?:in|on))\s(?:the\s)?(?:ai|copilot|chatgpt|chatbot|bot|assistant|tool|llm)\w*"
    r"|(?:employees|staff|people|users|managers|colleagues|teams|clerks|agents|doctors|nurses|teachers|engineers)\s(?:are\s)?trained|(?:adoption|usage|use)\s(?:rate\s)?of\s(?:the\s)?(?:ai|copilot|chatgpt|chatbot|assistant|tool|bot)\w*"
    r"|page\sviews|likes|followers|downloads|demos|tokens|conversations\swith\sthe\sbot|ai\sadoption|people\s(?:to\s)?(?:complete|attend|join|finish|pass)\s(?:the\s|an?\s|our\s)?(?:ai|ml|prompt\w*|copilot|chatgpt)\b)\b"
)
TRAIN = re.compile(
    r"^(?:train|trains|training|upskill|upskilling|educate|onboard|run|runs|running|host|hold|organise|organize|conduct|collect|complete|finish|start|write|send|test)\b"
)

# "more productive" speaks of productivity.
ADJECTIVES = {
    "productive": "productivity",
    "efficient": "efficiency",
    "efficiently": "efficiency",
    "effective": "effectiveness",
    "effectively": "effectiveness",
    "innovative": "innovation",
    "agile": "agility",
    "transparent": "transparency",
    "competitive": "competitiveness",
    "sustainable": "sustainability",
    "resilient": "resilience",
    "attractive": "reputation",
    "satisfied": "satisfaction",
    "creative": "creativity",
    "engaging": "engagement",
    "reliable": "reliability",
    "consistent": "consistency",
    "collaborative": "collaboration",
}
