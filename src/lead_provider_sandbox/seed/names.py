"""Invented names for people, schools and delivery partners."""

FIRST_NAMES = (
    "Ada", "Amir", "Beatrice", "Bilal", "Carys", "Chidi", "Dafydd", "Dilys", "Edwin", "Esme", "Farah", "Fergus",
    "Gwen", "Harpreet", "Hector", "Imogen", "Isaac", "Jaya", "Joel", "Keira", "Kofi", "Leila", "Lowri", "Mabel",
    "Marcus", "Nadia", "Niamh", "Oscar", "Priya", "Quentin", "Rhian", "Rosa", "Samuel", "Shanice", "Tariq", "Thea",
    "Uma", "Victor", "Winston", "Xanthe", "Yusuf", "Zoe",
)  # fmt: skip

LAST_NAMES = (
    "Abbott", "Adeyemi", "Ahmed", "Barker", "Bhatt", "Blackwood", "Carter", "Chaudhry", "Cole", "Davies", "Doyle",
    "Eze", "Fairweather", "Fletcher", "Gallagher", "Green", "Hale", "Hussain", "Iqbal", "Jarvis", "Kaur", "Kendrick",
    "Lawson", "Llewellyn", "Marsh", "Mensah", "Nolan", "Norris", "Okafor", "Osborne", "Patel", "Pritchard", "Quinn",
    "Rahman", "Rowe", "Sharma", "Sinclair", "Thorpe", "Underhill", "Vaughan", "Whitfield", "Young",
)  # fmt: skip

PLACES = (
    "Alderbrook", "Birchfield", "Cotterdale", "Dunmere", "Eastholme", "Fernleigh", "Greystoke", "Hartwell",
    "Ivybridge", "Kingsmoor", "Larkhill", "Millbeck", "Northgate", "Oakhurst", "Priorsfield", "Queensmead",
    "Ravensworth", "Stonebridge", "Thornbury", "Westcliffe",
)  # fmt: skip

SCHOOL_KINDS = ("Academy", "Primary School", "High School", "Community College", "Church of England School")
