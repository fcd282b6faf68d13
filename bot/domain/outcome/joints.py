"""The small words by which a clause shows where a name begins and ends."""

from bot.domain.outcome.words import word_set

APPEND = word_set(
    "in for at of among across on per between during within amongst outside inside under after before "
    "when with along"
)
STOP = word_set(
    ", ; through using by while compared via without so as versus vs ( ) thanks because which where due "
    "relative instead leveraging if but to including such . ? ! against and based powered :"
)
NOW = word_set("currently today now baseline was from is at present current")
LATELY = word_set("today now currently")
ASIDE = word_set(
    "in for as on at with by overall however since during within from after before when through given "
    "today currently if also then example"
)
NOT_A_SUBJECT = word_set(
    "we i it they this that there he she you us team goal aim target objective kpi who which these what "
    "everyone benefits benefit purpose impact results result expected outcome outcomes improvements "
    "savings value ai tool system solution model project pilot application app bot chatbot roi users"
)
AIMS = word_set("goal aim objective kpi kpis target goals objectives")
JOINTS = word_set(
    ", ; and to by while whilst but that which - – — without thus thereby plus & so then through via with "
    ") ( . for also"
)
HAVE_TO = word_set("needs need ought has have")
FORESEEN = word_set("projected expected estimated anticipated planned targeted forecast foreseen")
WANTED = word_set("like want need wants expect see ensure let letting have get make making makes that is: :")
NOT_BEFORE = word_set(
    "a an the or estimated significant potential expected overall our annual further average substantial "
    "considerable net total achieve deliver is be are include includes resulting result results provide "
    "provides from see drive produce create enable"
)
NOT_AFTER = word_set(
    "average total order least general addition comparison course line practice parallel today's current what"
)
MORE_THAN = word_set("more less older longer fewer other later higher lower greater rather")
BETWEEN = word_set(
    "up down about around some approximately an a the estimated nearly roughly almost additional another "
    "us over users staff employees at least ~ ca . only on average our of overall further extra out that"
)
ORDER = word_set("per first last past previous every next than in after")
DONE = word_set("paid sent done made met delivered back home")
DONE_BY = word_set(
    "made sent paid sold written seen taken done given read built caught found lost held shown won"
)
OLDER = word_set(
    "older longer aged worth lasting open with of in less greater for late who that larger costing earning on"
)
LOOSE_BOUNDS = word_set("more over greater higher above exceeds exceeding within > <")
# What tells how things are today, unless a day is named by which they shall be so.
FACT = word_set("is are was were has had generally typically usually currently already routinely now")
AIM = word_set("goal aim target objective kpi must should shall will to be")
