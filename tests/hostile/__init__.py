"""Files that are made to do harm, and valid ones changed at random: what loading makes of them, under guard."""
